using System.Security.Cryptography;
using System.Text;

namespace Rota.Supervisor.Rpc;

/// <summary>Checks name and password, in a time that tells nothing of either.</summary>
/// <param name="password">Plain, or `{SHA}` and a hexadecimal SHA-1.</param>
internal sealed class BasicAuth(string username, string password)
{
    private const string ShaMark = "{SHA}";

    private readonly bool _isSha = password.StartsWith(ShaMark, StringComparison.Ordinal);
    private readonly byte[] _username = Digest(username);
    private readonly byte[] _password = password.StartsWith(ShaMark, StringComparison.Ordinal)
        ? Digest(password[ShaMark.Length..].ToLowerInvariant())
        : Digest(password);

    /// <param name="header">`Basic` and base64 of name:password; null when there is none.</param>
    /// <exception cref="HttpException">400: it is no base64.</exception>
    public bool Allows(string? header)
    {
        if (header is null || !header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            return false;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), bytes, out var length))
            throw new HttpException(400);

        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = pair.IndexOf(':');
        var given = colon < 0 ? "" : pair[(colon + 1)..];
        // Both are compared whatever the first comparison says.
        return CryptographicOperations.FixedTimeEquals(_username, Digest(colon < 0 ? pair : pair[..colon]))
            & CryptographicOperations.FixedTimeEquals(_password, Digest(_isSha ? Sha1(given) : given));
    }

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

#pragma warning disable CA5350 // The file's format is supervisor's; whoever wants better protects the file.
    private static string Sha1(string text) => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350
}
