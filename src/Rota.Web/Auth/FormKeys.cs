using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Rota.Secrets;

namespace Rota.Web.Auth;

/// <summary>Protects the antiforgery tokens of forms by Rota's own key file, so that all nodes and later starts know
/// them, and no key of the framework's making is stored anywhere.</summary>
/// <remarks>What is protected begins with its purpose: nothing made for one use is taken for another.</remarks>
internal sealed class FormKeys(KeyRing keys, TimeProvider clock, string purposes = "rota console") : IDataProtector
{
    private readonly string _prefix = purposes + '\0';

    public IDataProtector CreateProtector(string purpose) => new FormKeys(keys, clock, _prefix + purpose);

    public byte[] Protect(byte[] plaintext) => Encoding.ASCII.GetBytes(
        keys.Encrypt(_prefix + Convert.ToBase64String(plaintext), clock.GetUtcNow()));

    public byte[] Unprotect(byte[] protectedData)
    {
        try
        {
            var text = keys.Decrypt(Encoding.ASCII.GetString(protectedData));
            return text.StartsWith(_prefix, StringComparison.Ordinal)
                ? Convert.FromBase64String(text[_prefix.Length..])
                : throw new CryptographicException("It was made for another use.");
        }
        catch (Exception error) when (error is RotaException or FormatException)
        {
            throw new CryptographicException("No key opens it.", error);
        }
    }
}
