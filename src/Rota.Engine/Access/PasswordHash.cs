using System.Globalization;
using System.Security.Cryptography;

namespace Rota.Access;

/// <summary>Passwords as <c>pbkdf2-sha256$ITERATIONS$SALT$HASH</c>, the last two in base64.</summary>
internal static class PasswordHash
{
    /// <summary>OWASP's figure for PBKDF2 with SHA-256 (Password Storage Cheat Sheet, 2023).</summary>
    public const int Iterations = 600_000;

    private const string Name = "pbkdf2-sha256";
    private const int SaltBytes = 16, HashBytes = 32;

    // What a try for a user that is not there is checked against, so that it takes as long as any other.
    private static readonly string OfNobody = Make(Convert.ToBase64String(RandomNumberGenerator.GetBytes(HashBytes)));

    public static string Make(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var hash = Derive(password, salt, Iterations);
        return string.Join('$', Name, Iterations.ToString(CultureInfo.InvariantCulture),
            Convert.ToBase64String(salt), Convert.ToBase64String(hash));
    }

    /// <param name="stored">Null when there is no such user: costs the same and is false.</param>
    public static bool Verify(string password, string? stored)
    {
        var parts = (stored ?? OfNobody).Split('$');
        if (parts is not [Name, var iterations, var salt, var hash])
            throw new InvalidOperationException("A stored password is not one that this version wrote.");
        var count = int.Parse(iterations, CultureInfo.InvariantCulture);
        var derived = Derive(password, Convert.FromBase64String(salt), count);
        return CryptographicOperations.FixedTimeEquals(derived, Convert.FromBase64String(hash)) && stored is not null;
    }

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, HashBytes);
}
