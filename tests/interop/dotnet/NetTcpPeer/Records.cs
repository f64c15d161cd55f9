using System.Text;

/// <summary>The records of the .NET Message Framing Protocol [MC-NMF 2.2.3], over any stream.</summary>
static class Records
{
    public const byte Version = 0, Mode = 1, Via = 2, KnownEncoding = 3, SizedEnvelope = 6, End = 7, Fault = 8,
        UpgradeRequest = 9, UpgradeResponse = 10, PreambleAck = 11, PreambleEnd = 12;
    public const string Negotiate = "application/negotiate";

    public static void WriteSize(Stream s, int n)
    {
        for (; n >= 0x80; n >>= 7)
            s.WriteByte((byte)(n & 0x7f | 0x80));
        s.WriteByte((byte)n);
    }

    public static void WriteText(Stream s, byte record, string text)
    {
        byte[] octets = Encoding.UTF8.GetBytes(text);
        s.WriteByte(record);
        WriteSize(s, octets.Length);
        s.Write(octets);
    }

    public static async Task<byte> ReadByte(Stream s)
    {
        byte[] one = new byte[1];
        await s.ReadExactlyAsync(one);
        return one[0];
    }

    public static async Task<byte[]> ReadSized(Stream s)
    {
        int n = 0;
        for (int shift = 0;; shift += 7)
        {
            byte b = await ReadByte(s);
            n |= (b & 0x7f) << shift;
            if (b < 0x80)
                break;
            if (shift == 28)
                throw new InvalidDataException("a size of more than five octets");
        }
        byte[] octets = new byte[n];
        await s.ReadExactlyAsync(octets);
        return octets;
    }

    public static async Task Expect(Stream s, byte record)
    {
        byte got = await ReadByte(s);
        if (got == Fault)
            throw new InvalidDataException("fault " + Encoding.UTF8.GetString(await ReadSized(s)));
        if (got != record)
            throw new InvalidDataException($"record 0x{got:x2} where 0x{record:x2} was due");
    }

    public static byte[] Envelope(byte[] body)
    {
        var m = new MemoryStream();
        m.WriteByte(SizedEnvelope);
        WriteSize(m, body.Length);
        m.Write(body);
        return m.ToArray();
    }
}
