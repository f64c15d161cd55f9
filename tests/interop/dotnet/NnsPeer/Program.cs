// A NegotiateStream peer: client or echo server, driven by options, telling in JSON what .NET saw.
// Exit status: 0 all went well, 1 authentication or data failed (a "failed" line says how), 2 usage.
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;

Options o;
try
{
    o = Options.Parse(args);
}
catch (Exception e)
{
    Console.Error.WriteLine("NnsPeer: " + e.Message);
    return 2;
}
// Read once by the runtime, so it has to stand before the first use of the security package.
AppContext.SetSwitch("System.Net.Security.UseManagedNtlm", o.ManagedNtlm);
return o.Role == "client" ? await Client.Run(o) : await Server.Run(o);

static class Client
{
    public static async Task<int> Run(Options o)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(o.TimeoutSeconds));
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(o.Host, o.Port);
        tcp.NoDelay = true;
        using var s = new NegotiateStream(tcp.GetStream(), leaveInnerStreamOpen: false);
        try
        {
            NetworkCredential cred = o.Credential ?? CredentialCache.DefaultNetworkCredentials;
            await s.AuthenticateAsClientAsync(cred, o.Spn, o.Level, o.Impersonation).WaitAsync(timeout.Token);
        }
        catch (Exception e)
        {
            Facts.Failure("handshake", e);
            return 1;
        }
        Facts.Of(s);
        try
        {
            if (o.SendEmpty)
                await s.WriteAsync(Array.Empty<byte>());
            if (o.ReadOnly)
                await Drain(s, timeout.Token);
            foreach (int n in o.Payloads)
                await Echo(s, n, timeout.Token);
        }
        catch (Exception e)
        {
            Facts.Failure("data", e);
            return 1;
        }
        Facts.Print(new { @event = "end" });
        return 0;
    }

    // Send n octets while reading them back, and compare both by SHA-256 and octet for octet.
    static async Task Echo(NegotiateStream s, int n, CancellationToken stop)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(n), got = new byte[n];
        Task write = s.WriteAsync(sent, stop).AsTask();
        await s.ReadExactlyAsync(got, stop);
        await write;
        string a = Convert.ToHexString(SHA256.HashData(sent)), b = Convert.ToHexString(SHA256.HashData(got));
        Facts.Print(new { @event = "echo", size = n, same = a == b && sent.AsSpan().SequenceEqual(got), sha256 = a });
        if (a != b)
            throw new InvalidDataException("the echo differs");
    }

    // Read to the end, telling each read: shows what an empty frame does to a reader.
    static async Task Drain(NegotiateStream s, CancellationToken stop)
    {
        byte[] buf = new byte[4096];
        for (int n; (n = await s.ReadAsync(buf, stop)) > 0;)
            Facts.Print(new { @event = "read", size = n, hex = Convert.ToHexString(buf, 0, Math.Min(n, 32)) });
        Facts.Print(new { @event = "eof" });
    }
}

static class Server
{
    public static async Task<int> Run(Options o)
    {
        var listener = new TcpListener(IPAddress.Loopback, o.Port);
        listener.Start(1024);
        Console.Out.WriteLine("ready 127.0.0.1:" + ((IPEndPoint)listener.LocalEndpoint).Port);
        Console.Out.Flush();
        var all = new List<Task<int>>();
        for (int i = 0; i < o.Count; i++)
        {
            Task<int> one = Serve(await listener.AcceptTcpClientAsync(), o);
            if (o.Count != int.MaxValue)
                all.Add(one);
        }
        return (await Task.WhenAll(all)).Max();
    }

    static async Task<int> Serve(TcpClient tcp, Options o)
    {
        using (tcp)
        {
            tcp.NoDelay = true;
            using var s = new NegotiateStream(tcp.GetStream(), leaveInnerStreamOpen: false);
            try
            {
                NetworkCredential cred = o.Credential ?? CredentialCache.DefaultNetworkCredentials;
                await s.AuthenticateAsServerAsync(cred, o.Level, o.Impersonation);
            }
            catch (Exception e)
            {
                if (!o.Quiet)
                    Facts.Failure("handshake", e);
                return 1;
            }
            if (!o.Quiet)
                Facts.Of(s);
            try
            {
                long total = await Echo(s);
                if (!o.Quiet)
                    Facts.Print(new { @event = "end", octets = total });
            }
            catch (Exception e)
            {
                if (!o.Quiet)
                    Facts.Failure("data", e);
                return 1;
            }
            return 0;
        }
    }

    static async Task<long> Echo(NegotiateStream s)
    {
        byte[] buf = new byte[64 * 1024];
        long total = 0;
        for (int n; (n = await s.ReadAsync(buf)) > 0; total += n)
            await s.WriteAsync(buf.AsMemory(0, n));
        return total;
    }
}
