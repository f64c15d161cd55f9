// A NegotiateAuthentication peer: tokens and messages behind four octets of length, over TCP. What it saw is JSON, a line each.
//
//   TokenPeer client PORT PACKAGE TARGET LEVEL [DOMAIN USER PASSWORD-FILE]
//   TokenPeer server PACKAGE LEVEL          says "ready 127.0.0.1:PORT", and serves one client
//
// LEVEL is encrypt, sign, or check; MANAGED_NTLM=1 in the environment asks for .NET's own NTLM. Then for each size of a message: the
// client's Wrap and the server's, of the same octets, but not at level check; the octets in clear with the client's integrity check,
// and the server's of them.
using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Principal;
using System.Text.Json;

AppContext.SetSwitch("System.Net.Security.UseManagedNtlm", Environment.GetEnvironmentVariable("MANAGED_NTLM") == "1");
try
{
    return args[0] == "client" ? Peer.Client(args) : Peer.Server(args);
}
catch (Exception e)
{
    Peer.Print(new { @event = "failed", type = e.GetType().FullName, message = e.Message });
    return 1;
}

static class Peer
{
    static readonly int[] Sizes = { 1, 17, 1000, 60000 };

    public static void Print(object fact) => Console.Out.WriteLine(JsonSerializer.Serialize(fact));

    static ProtectionLevel Level(string s) => s switch
    {
        "sign" or "check" => ProtectionLevel.Sign,
        "encrypt" => ProtectionLevel.EncryptAndSign,
        _ => throw new ArgumentException("unknown level " + s),
    };

    public static int Client(string[] a)
    {
        NetworkCredential cred = CredentialCache.DefaultNetworkCredentials;
        if (a.Length > 5)
            cred = new NetworkCredential(a[6], File.ReadAllText(a[7]).TrimEnd('\n'), a[5]);
        using var auth = new NegotiateAuthentication(new NegotiateAuthenticationClientOptions
        {
            Package = a[2], TargetName = a[3], RequiredProtectionLevel = Level(a[4]), Credential = cred,
            RequireMutualAuthentication = a.Length == 5, // Kerberos, by default credentials
            AllowedImpersonationLevel = TokenImpersonationLevel.Identification,
        });
        using var tcp = new TcpClient("127.0.0.1", int.Parse(a[1]));
        NetworkStream s = tcp.GetStream();
        Authenticate(auth, s, true, a[2] == "Negotiate");
        foreach (int n in Sizes)
        {
            byte[] text = new byte[n];
            Random.Shared.NextBytes(text);
            if (a[4] != "check")
            {
                Send(s, Wrap(auth, text, a[4]));
                Need(Unwrap(auth, Receive(s)).AsSpan().SequenceEqual(text), "the answer differs");
            }
            Send(s, text);
            Send(s, Check(auth, text));
            Need(auth.VerifyIntegrityCheck(text, Receive(s)), "the server's integrity check is wrong");
        }
        Print(new { @event = "end", messages = Sizes.Length });
        return 0;
    }

    public static int Server(string[] a)
    {
        using var auth = new NegotiateAuthentication(new NegotiateAuthenticationServerOptions
        {
            Package = a[1], RequiredProtectionLevel = Level(a[2]), Credential = CredentialCache.DefaultNetworkCredentials,
        });
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.Out.WriteLine("ready 127.0.0.1:" + ((IPEndPoint)listener.LocalEndpoint).Port);
        using TcpClient tcp = listener.AcceptTcpClient();
        NetworkStream s = tcp.GetStream();
        Authenticate(auth, s, false, false);
        for (int i = 0; i < Sizes.Length; i++)
        {
            if (a[2] != "check")
                Send(s, Wrap(auth, Unwrap(auth, Receive(s)), a[2]));
            byte[] text = Receive(s);
            Need(auth.VerifyIntegrityCheck(text, Receive(s)), "the client's integrity check is wrong");
            Send(s, Check(auth, text));
        }
        Print(new { @event = "end", messages = Sizes.Length });
        return 0;
    }

    static void Authenticate(NegotiateAuthentication auth, NetworkStream s, bool first, bool negotiate)
    {
        bool managed = AppContext.TryGetSwitch("System.Net.Security.UseManagedNtlm", out bool on) && on;
        NegotiateAuthenticationStatusCode status = NegotiateAuthenticationStatusCode.ContinueNeeded;
        for (byte[]? token = null; status == NegotiateAuthenticationStatusCode.ContinueNeeded; first = false)
        {
            token = auth.GetOutgoingBlob(first ? ReadOnlySpan<byte>.Empty : Receive(s), out status);
            if (token is { Length: > 0 })
                Send(s, token);
        }
        // .NET's own SPNEGO says so with its mechListMIC, and looks at the acceptor's, in a token to come, all the same
        if (managed && auth.Package == "NTLM" && negotiate)
            auth.GetOutgoingBlob(Receive(s), out status);
        Need(status == NegotiateAuthenticationStatusCode.Completed, "authentication ended with " + status);
        Print(new
        {
            @event = "authenticated", auth.Package, auth.IsMutuallyAuthenticated, Level = auth.ProtectionLevel.ToString(),
            Name = auth.RemoteIdentity.Name, auth.IsServer,
        });
    }

    static byte[] Wrap(NegotiateAuthentication auth, byte[] text, string level)
    {
        var to = new ArrayBufferWriter<byte>();
        NegotiateAuthenticationStatusCode st = auth.Wrap(text, to, level == "encrypt", out bool encrypted);
        Need(st == NegotiateAuthenticationStatusCode.Completed, "Wrap: " + st);
        Print(new { @event = "wrapped", encrypted });
        return to.WrittenSpan.ToArray();
    }

    static byte[] Unwrap(NegotiateAuthentication auth, byte[] message)
    {
        var to = new ArrayBufferWriter<byte>();
        NegotiateAuthenticationStatusCode st = auth.Unwrap(message, to, out bool encrypted);
        Need(st == NegotiateAuthenticationStatusCode.Completed, "Unwrap: " + st);
        Print(new { @event = "unwrapped", encrypted });
        return to.WrittenSpan.ToArray();
    }

    static byte[] Check(NegotiateAuthentication auth, byte[] text)
    {
        var to = new ArrayBufferWriter<byte>();
        auth.ComputeIntegrityCheck(text, to);
        return to.WrittenSpan.ToArray();
    }

    static void Send(NetworkStream s, byte[] blob)
    {
        byte[] all = new byte[4 + blob.Length];
        BinaryPrimitives.WriteInt32BigEndian(all, blob.Length);
        blob.CopyTo(all, 4);
        s.Write(all);
    }

    static byte[] Receive(NetworkStream s)
    {
        byte[] size = new byte[4];
        s.ReadExactly(size);
        byte[] blob = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        s.ReadExactly(blob);
        return blob;
    }

    static void Need(bool truth, string what)
    {
        if (!truth)
            throw new InvalidOperationException(what);
    }
}
