using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rota.Secrets;

/// <summary>Fernet tokens: text that only the holder of the key can read or make.</summary>
/// <remarks>
/// <para>A token is 0x80, the time (seconds since 1970, 8 bytes, big-endian), the IV (16 bytes), AES-128-CBC with
/// PKCS #7, and the HMAC-SHA256 (32 bytes) of all before it; the whole in URL-safe base64 with padding. The first half
/// of the key signs, the second half encrypts. Source: the Fernet specification, version 0x80, and its vectors.</para>
/// <para>Checked in this order: base64 and length, version, age when one is asked for, HMAC in constant time, and only
/// then the text is decrypted. Every fault gives the same answer, so that a fault tells an attacker nothing.</para>
/// </remarks>
public static class Fernet
{
    /// <summary>Length of a key: 32 bytes.</summary>
    public const int KeyBytes = 32;

    private const byte Version = 0x80;
    private const int TimeAt = 1;
    private const int IvAt = 9;
    private const int CipherAt = 25;
    private const int MacBytes = 32;
    private const int BlockBytes = 16;
    private const int SigningBytes = 16;
    private const int ClockSkewSecondsMax = 60;

    /// <summary>A fresh random key in the spelling of key files: URL-safe base64, 44 characters.</summary>
    public static string NewKey()
    {
        Span<byte> key = stackalloc byte[KeyBytes];
        RandomNumberGenerator.Fill(key);
        return UrlSafeBase64.Encode(key);
    }

    /// <summary>Encrypts and signs, with a fresh random IV.</summary>
    /// <param name="key32">32 bytes.</param>
    /// <param name="plain">Any length, also 0.</param>
    /// <param name="now">Written into the token, in whole seconds and readable by anybody; 1970 or later.</param>
    public static string Encrypt(ReadOnlySpan<byte> key32, ReadOnlySpan<byte> plain, DateTimeOffset now)
    {
        Span<byte> iv = stackalloc byte[BlockBytes];
        RandomNumberGenerator.Fill(iv);
        return Encrypt(key32, plain, SecondsOf(now), iv);
    }

    /// <summary>Opens a token.</summary>
    /// <param name="key32">32 bytes.</param>
    /// <param name="token">As another system may have made it; anything that is no token is a false.</param>
    /// <param name="ttl">Oldest age taken. Null: the time in the token is not looked at. With a value, a time more than
    /// 60 s in the future is refused as well.</param>
    /// <param name="now">Used only with <paramref name="ttl"/>.</param>
    /// <param name="plain">The text; empty when the answer is false.</param>
    public static bool TryDecrypt(
        ReadOnlySpan<byte> key32, string token, TimeSpan? ttl, DateTimeOffset now, out byte[] plain)
    {
        CheckKey(key32);
        plain = [];
        return TryParse(token, out var bytes)
            && (ttl is not { } oldest || IsTimely(SecondsIn(bytes), oldest, now))
            && IsSigned(key32, bytes)
            && TryDecipher(key32, bytes, out plain);
    }

    /// <summary>When the token was made, in whole seconds, after its signature was checked.</summary>
    /// <returns>Null when the key did not sign this token, or when its time is after the year 9999.</returns>
    public static DateTimeOffset? ExtractTimestamp(ReadOnlySpan<byte> key32, string token) =>
        TrySeconds(key32, token, out var seconds) && seconds <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : null;

    internal static string Encrypt(
        ReadOnlySpan<byte> key32, ReadOnlySpan<byte> plain, ulong seconds, ReadOnlySpan<byte> iv)
    {
        CheckKey(key32);
        using var aes = Aes.Create();
        aes.SetKey(key32[SigningBytes..]);
        var token = new byte[CipherAt + aes.GetCiphertextLengthCbc(plain.Length) + MacBytes];

        token[0] = Version;
        BinaryPrimitives.WriteUInt64BigEndian(token.AsSpan(TimeAt), seconds);
        iv.CopyTo(token.AsSpan(IvAt));
        aes.EncryptCbc(plain, iv, token.AsSpan(CipherAt..^MacBytes));
        HMACSHA256.HashData(key32[..SigningBytes], token.AsSpan(..^MacBytes), token.AsSpan(^MacBytes..));
        return UrlSafeBase64.Encode(token);
    }

    /// <summary>The token's time as it stands there, after its signature was checked.</summary>
    internal static bool TrySeconds(ReadOnlySpan<byte> key32, string token, out ulong seconds)
    {
        CheckKey(key32);
        var isSigned = TryParse(token, out var bytes) && IsSigned(key32, bytes);
        seconds = isSigned ? SecondsIn(bytes) : 0;
        return isSigned;
    }

    internal static ulong SecondsOf(DateTimeOffset time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, DateTimeOffset.UnixEpoch);
        return (ulong)time.ToUnixTimeSeconds();
    }

    private static bool TryParse(string token, out byte[] bytes) =>
        UrlSafeBase64.TryDecode(token, out bytes)
        && bytes.Length >= CipherAt + BlockBytes + MacBytes
        && (bytes.Length - CipherAt - MacBytes) % BlockBytes == 0
        && bytes[0] == Version;

    // 128 bits: the time is an unsigned 64-bit number that anybody may have written.
    private static bool IsTimely(ulong seconds, TimeSpan ttl, DateTimeOffset now)
    {
        var age = (Int128)now.ToUnixTimeSeconds() - seconds;
        return age * TimeSpan.TicksPerSecond <= ttl.Ticks && age >= -ClockSkewSecondsMax;
    }

    private static bool IsSigned(ReadOnlySpan<byte> key32, ReadOnlySpan<byte> token)
    {
        Span<byte> mac = stackalloc byte[MacBytes];
        HMACSHA256.HashData(key32[..SigningBytes], token[..^MacBytes], mac);
        return CryptographicOperations.FixedTimeEquals(mac, token[^MacBytes..]);
    }

    private static bool TryDecipher(ReadOnlySpan<byte> key32, ReadOnlySpan<byte> token, out byte[] plain)
    {
        using var aes = Aes.Create();
        aes.SetKey(key32[SigningBytes..]);
        try
        {
            plain = aes.DecryptCbc(token[CipherAt..^MacBytes], token[IvAt..CipherAt]);
            return true;
        }
        catch (CryptographicException)
        {
            // Signed with our key and yet badly padded: made by a broken program. It is no token.
            plain = [];
            return false;
        }
    }

    private static ulong SecondsIn(ReadOnlySpan<byte> token) => BinaryPrimitives.ReadUInt64BigEndian(token[TimeAt..]);

    private static void CheckKey(ReadOnlySpan<byte> key32)
    {
        if (key32.Length != KeyBytes)
            throw new ArgumentException($"A Fernet key has {KeyBytes} bytes and this one has {key32.Length}.",
                nameof(key32));
    }
}
