using System.ComponentModel;
using System.Net.Security;
using System.Security.Principal;
using System.Text.Json;

/// <summary>One JSON object a line on standard output: what .NET itself says about the stream.</summary>
static class Facts
{
    static readonly object Gate = new();

    public static void Print(object fact)
    {
        lock (Gate)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(fact));
            Console.Out.Flush();
        }
    }

    public static void Of(NegotiateStream s)
    {
        // A client's RemoteIdentity is the server's name; asking must not end the run where a platform has none.
        string? name = null, type = null, trouble = null;
        try
        {
            IIdentity id = s.RemoteIdentity;
            (name, type) = (id.Name, id.AuthenticationType);
        }
        catch (Exception e)
        {
            trouble = e.GetType().Name + ": " + e.Message;
        }
        Print(new
        {
            @event = "authenticated",
            s.IsAuthenticated, s.IsMutuallyAuthenticated, s.IsEncrypted, s.IsSigned, s.IsServer,
            ImpersonationLevel = s.ImpersonationLevel.ToString(),
            RemoteName = name, RemoteType = type, RemoteError = trouble,
        });
    }

    public static void Failure(string during, Exception e)
    {
        var chain = new List<object>();
        for (Exception? x = e; x != null; x = x.InnerException)
            chain.Add(new
            {
                type = x.GetType().FullName, message = x.Message, hresult = x.HResult.ToString("x8"),
                native = (x as Win32Exception)?.NativeErrorCode.ToString("x8"),
            });
        Print(new { @event = "failed", during, type = e.GetType().FullName, chain });
    }
}
