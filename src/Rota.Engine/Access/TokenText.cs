using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Rota.Access;

/// <summary>Bearer tokens: 32 random bytes behind <c>rota_</c>. Only the SHA-256 of the text is stored.</summary>
/// <remarks>A plain hash is enough: 256 random bits cannot be guessed, whatever the speed of the hash.</remarks>
internal static class TokenText
{
    private const string Prefix = "rota_";
    private const int Bytes = 32, CharactersMax = 200;

    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>Of anything that a caller sent; null when it cannot be a token.</summary>
    public static byte[]? Hash(string text) =>
        text.Length <= CharactersMax && text.StartsWith(Prefix, StringComparison.Ordinal)
            ? SHA256.HashData(Encoding.UTF8.GetBytes(text))
            : null;
}
