using System.Net;
using System.Net.Security;
using System.Security.Principal;

/// <summary>What the command line asked for. Unknown words are an error: a cell must not pass by a typing slip.</summary>
sealed class Options
{
    public string Role = "";
    public string Host = "127.0.0.1";
    public int Port;
    public string Spn = "";
    public ProtectionLevel Level = ProtectionLevel.EncryptAndSign;
    public TokenImpersonationLevel Impersonation = TokenImpersonationLevel.Identification;
    public NetworkCredential? Credential;
    public bool ManagedNtlm;
    public int Count = int.MaxValue;
    public bool Quiet;
    public bool ReadOnly;
    public bool SendEmpty;
    public int TimeoutSeconds = 60;
    public List<int> Payloads = new();

    public static Options Parse(string[] args)
    {
        var o = new Options();
        if (args.Length < 2)
            throw new ArgumentException("usage: NnsPeer client HOST PORT [options] | server PORT [options]");
        o.Role = args[0];
        int i = 1;
        if (o.Role == "client")
            o.Host = args[i++];
        o.Port = int.Parse(args[i++]);
        string? user = null, domain = null, passwordFile = null;
        for (; i < args.Length; i++)
        {
            switch (args[i])
            {
            case "--spn": o.Spn = args[++i]; break;
            case "--level": o.Level = ParseLevel(args[++i]); break;
            case "--impersonation": o.Impersonation = ParseImpersonation(args[++i]); break;
            case "--user": user = args[++i]; break;
            case "--domain": domain = args[++i]; break;
            case "--password-file": passwordFile = args[++i]; break;
            case "--managed-ntlm": o.ManagedNtlm = true; break;
            case "--count": o.Count = int.Parse(args[++i]); break;
            case "--timeout": o.TimeoutSeconds = int.Parse(args[++i]); break;
            case "--quiet": o.Quiet = true; break;
            case "--read-only": o.ReadOnly = true; break;
            case "--send-empty": o.SendEmpty = true; break;
            case "--payloads": o.Payloads = args[++i].Split(',').Select(int.Parse).ToList(); break;
            default: throw new ArgumentException("unknown option " + args[i]);
            }
        }
        if (user != null)
            o.Credential = new NetworkCredential(user, File.ReadAllText(passwordFile!).TrimEnd('\n'), domain ?? "");
        return o;
    }

    static ProtectionLevel ParseLevel(string s) => s switch
    {
        "none" => ProtectionLevel.None,
        "sign" => ProtectionLevel.Sign,
        "encrypt" => ProtectionLevel.EncryptAndSign,
        _ => throw new ArgumentException("unknown level " + s),
    };

    static TokenImpersonationLevel ParseImpersonation(string s) => s switch
    {
        "identify" => TokenImpersonationLevel.Identification,
        "impersonate" => TokenImpersonationLevel.Impersonation,
        "delegate" => TokenImpersonationLevel.Delegation,
        _ => throw new ArgumentException("unknown impersonation level " + s),
    };
}
