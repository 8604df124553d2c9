using System.Buffers;
using System.Buffers.Text;

namespace Rota.Secrets;

/// <summary>URL-safe base64 with padding, read strictly: one value has exactly one spelling.</summary>
/// <remarks>The platform's decoders pass over white space, take missing padding and ignore spare bits, and so would let
/// several spellings of a token through. Source: RFC 4648 sections 3.5 and 5.</remarks>
internal static class UrlSafeBase64
{
    private const string Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static readonly SearchValues<char> Alphabet = SearchValues.Create(Digits);

    public static string Encode(ReadOnlySpan<byte> bytes) =>
        Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '_');

    /// <summary>False, and nothing decoded, for a character outside of the alphabet, for missing, wrong or misplaced
    /// padding, and for spare bits that are not zero.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        var padding = text.EndsWith("==") ? 2 : text.EndsWith("=") ? 1 : 0;
        var body = text[..^padding];
        if (text.Length % 4 != 0 || body.ContainsAnyExcept(Alphabet) || HasSpareBits(body, padding))
            return false;

        bytes = Base64Url.DecodeFromChars(body);
        return true;
    }

    // The last digit before one '=' carries two bits of no byte, before '==' four.
    private static bool HasSpareBits(ReadOnlySpan<char> body, int padding) =>
        padding > 0 && (Digits.IndexOf(body[^1], StringComparison.Ordinal) & ((1 << (2 * padding)) - 1)) != 0;
}
