// A net.tcp peer [MC-NMF] over .NET's own NegotiateStream: client or echo server of sized envelopes in duplex mode.
// The client sends PreambleEnd and its first envelope in one write, and the others in pieces that end inside a record.
// Exit status: 0 all went well, 1 it failed (a "failed" line says how), 2 usage.
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

Options o;
try
{
    o = Options.Parse(args);
}
catch (Exception e)
{
    Console.Error.WriteLine("NetTcpPeer: " + e.Message);
    return 2;
}
try
{
    if (o.Role == "client")
        await Client.Run(o);
    else
        await Server.Run(o);
    return 0;
}
catch (Exception e)
{
    Facts.Failure("stream", e);
    return 1;
}

static class Client
{
    public static async Task Run(Options o)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(o.Host, o.Port);
        tcp.NoDelay = true;
        NetworkStream raw = tcp.GetStream();
        var preamble = new MemoryStream();
        preamble.Write([Records.Version, 1, 0, Records.Mode, 2]);
        Records.WriteText(preamble, Records.Via, $"net.tcp://{o.Host}:{o.Port}/Echo");
        preamble.Write([Records.KnownEncoding, 8]);
        Records.WriteText(preamble, Records.UpgradeRequest, Records.Negotiate);
        await raw.WriteAsync(preamble.ToArray());
        await Records.Expect(raw, Records.UpgradeResponse);

        using var s = new NegotiateStream(raw, leaveInnerStreamOpen: false);
        NetworkCredential cred = o.Credential ?? CredentialCache.DefaultNetworkCredentials;
        await s.AuthenticateAsClientAsync(cred, o.Spn, o.Level, o.Impersonation);
        Facts.Of(s);

        bool first = true;
        foreach (int n in o.Payloads)
        {
            byte[] body = RandomNumberGenerator.GetBytes(n), envelope = Records.Envelope(body);
            Task write = first ? Together(s, envelope) : InPieces(s, envelope);
            if (first)
                await Records.Expect(s, Records.PreambleAck);
            await Records.Expect(s, Records.SizedEnvelope);
            byte[] got = await Records.ReadSized(s);
            await write;
            Facts.Print(new { @event = "echo", size = n, same = got.AsSpan().SequenceEqual(body) });
            first = false;
        }
        await s.WriteAsync(new[] { Records.End });
        await Records.Expect(s, Records.End);
        Facts.Print(new { @event = "end" });
    }

    static Task Together(Stream s, byte[] envelope) => s.WriteAsync(new byte[] { Records.PreambleEnd }.Concat(envelope).ToArray()).AsTask();

    static async Task InPieces(Stream s, byte[] envelope)
    {
        await s.WriteAsync(envelope.AsMemory(0, 1)); // the record type alone, then half a size, then the rest
        await s.WriteAsync(envelope.AsMemory(1, 1));
        await s.WriteAsync(envelope.AsMemory(2));
    }
}

static class Server
{
    public static async Task Run(Options o)
    {
        var listener = new TcpListener(IPAddress.Loopback, o.Port);
        listener.Start();
        Console.Out.WriteLine("ready 127.0.0.1:" + ((IPEndPoint)listener.LocalEndpoint).Port);
        Console.Out.Flush();
        using TcpClient tcp = await listener.AcceptTcpClientAsync();
        tcp.NoDelay = true;
        NetworkStream raw = tcp.GetStream();
        string via = await ReadPreamble(raw);
        await raw.WriteAsync(new[] { Records.UpgradeResponse });

        using var s = new NegotiateStream(raw, leaveInnerStreamOpen: false);
        await s.AuthenticateAsServerAsync(CredentialCache.DefaultNetworkCredentials, o.Level, o.Impersonation);
        Facts.Of(s);
        await Records.Expect(s, Records.PreambleEnd);
        await s.WriteAsync(new[] { Records.PreambleAck });
        int envelopes = 0;
        long octets = 0;
        for (byte record; (record = await Records.ReadByte(s)) != Records.End; envelopes++)
        {
            if (record != Records.SizedEnvelope)
                throw new InvalidDataException($"record 0x{record:x2} where an envelope was due");
            byte[] body = await Records.ReadSized(s);
            octets += body.Length;
            await s.WriteAsync(Records.Envelope(body));
        }
        await s.WriteAsync(new[] { Records.End });
        Facts.Print(new { @event = "end", via, envelopes, octets });
    }

    // Version, Mode, Via, Encoding, and the request for the upgrade, in clear.
    static async Task<string> ReadPreamble(Stream s)
    {
        string via = "";
        for (;;)
        {
            byte record = await Records.ReadByte(s);
            switch (record)
            {
            case Records.Version:
                if (await Records.ReadByte(s) != 1 || await Records.ReadByte(s) != 0)
                    throw new InvalidDataException("a version other than 1.0");
                break;
            case Records.Mode:
                if (await Records.ReadByte(s) != 2)
                    throw new InvalidDataException("a mode other than duplex");
                break;
            case Records.Via:
                via = new Uri(Encoding.UTF8.GetString(await Records.ReadSized(s))).ToString();
                break;
            case Records.KnownEncoding:
                if (await Records.ReadByte(s) > 8)
                    throw new InvalidDataException("an unknown encoding");
                break;
            case Records.UpgradeRequest:
                string upgrade = Encoding.UTF8.GetString(await Records.ReadSized(s));
                if (upgrade != Records.Negotiate || via == "")
                    throw new InvalidDataException("upgrade " + upgrade + " after via " + via);
                return via;
            default:
                throw new InvalidDataException($"record 0x{record:x2} in the preamble");
            }
        }
    }
}
