using System.Security.Cryptography;
using System.Text;

namespace Rota.Secrets;

/// <summary>The keys of one key file: the first one encrypts, all of them decrypt. Never changes; safe to
/// share.</summary>
/// <remarks>
/// To change the key: <see cref="AddKey"/>, then <see cref="Rotate"/> every stored token, then, when
/// <see cref="IsCurrent"/> holds for all of them and every node has loaded the file anew,
/// <see cref="RemoveOldKeys"/>. A rewritten file belongs to the user who rewrote it, so run that as the service's user.
/// </remarks>
public sealed class KeyRing
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[][] _keys;

    private KeyRing(KeyFile file)
    {
        Path = file.Path;
        IsExposed = file.IsExposed;
        _keys = file.ParseKeys();
        Fingerprint = FingerprintOf(_keys[0]);
    }

    /// <summary>The key file, absolute.</summary>
    public string Path { get; }

    /// <summary>Number of keys, 1 or more.</summary>
    public int Count => _keys.Length;

    /// <summary>Others than its owner may do something with the key file (mode wider than 0600): worth a warning.
    /// Always false on Windows, where a file has no such mode.</summary>
    public bool IsExposed { get; }

    /// <summary>Names the active key without telling it: 8 lower-case hex digits. The database remembers it, so that a
    /// wrong key file is an error at start and not at the first secret.</summary>
    public string Fingerprint { get; }

    /// <summary>The fingerprints of all keys in order of the file; a remembered one that is among them can be
    /// read.</summary>
    public IReadOnlyList<string> Fingerprints => [.. _keys.Select(FingerprintOf)];

    /// <summary>Reads a key file: one URL-safe base64 key a line, blank lines and lines that start with <c>#</c>
    /// apart.</summary>
    /// <param name="path">The file; a relative path is one of the current directory.</param>
    /// <param name="createIfMissing">Makes a missing file with one fresh key, mode 0600, its missing directories 0700.
    /// Give false once the database holds secrets: a fresh key opens none of them. Default: false.</param>
    /// <exception cref="RotaException"><c>secrets.key_file</c>: the file is missing, cannot be read or made, has a line
    /// that is no key, or has no key. The message names file and line and never what stands there.</exception>
    public static KeyRing Load(string path, bool createIfMissing = false)
    {
        path = System.IO.Path.GetFullPath(path);
        if (createIfMissing)
            KeyFile.CreateIfMissing(path);
        return new KeyRing(KeyFile.Read(path));
    }

    /// <summary>A token of the text, made with the first key.</summary>
    public string Encrypt(string plain, DateTimeOffset now) => Fernet.Encrypt(_keys[0], Utf8.GetBytes(plain), now);

    /// <summary>The text of a token of any age, whichever of the keys made it.</summary>
    /// <exception cref="RotaException"><c>secret.unreadable</c>: no key opens it, or what it holds is not
    /// text.</exception>
    public string Decrypt(string token)
    {
        Open(token, out var plain);
        try
        {
            return Utf8.GetString(plain);
        }
        catch (DecoderFallbackException error)
        {
            throw new RotaException("secret.unreadable", "A secret was decrypted and is not UTF-8 text.",
                "Enter the secret again; keep binary values as base64.", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>The same text under the first key, with a fresh IV; the time in the token stays the original
    /// one.</summary>
    /// <exception cref="RotaException"><c>secret.unreadable</c>: no key opens it. Keep the token as it is.</exception>
    public string Rotate(string token)
    {
        var key = Open(token, out var plain);
        try
        {
            Fernet.TrySeconds(key, token, out var seconds);
            return Fernet.Encrypt(_keys[0], plain, seconds, RandomNumberGenerator.GetBytes(16));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>The first key opens this token: there is nothing to rotate.</summary>
    public bool IsCurrent(string token) => Opens(_keys[0], token, out _);

    /// <summary>Puts a fresh first key into the file; the old keys stay below it and go on decrypting.</summary>
    /// <returns>The ring of the file as it is now, with keys that others have added meanwhile.</returns>
    /// <exception cref="RotaException"><c>secrets.key_file</c>: the file cannot be read, locked or written.</exception>
    public KeyRing AddKey()
    {
        KeyFile.Change(Path, file =>
        {
            file.ParseKeys();    // a broken file is reported and not built upon
            var first = file.Lines.TakeWhile(line => !KeyFile.IsKeyLine(line)).Count();
            return [.. file.Lines.Take(first), Fernet.NewKey(), .. file.Lines.Skip(first)];
        });
        return Load(Path);
    }

    /// <summary>Leaves only the first key in the file. What only an old key opens is unreadable from then on.</summary>
    /// <exception cref="RotaException"><c>secrets.key_file</c>: the file's keys are no longer the ones of this ring, or
    /// it cannot be read, locked or written.</exception>
    public KeyRing RemoveOldKeys()
    {
        KeyFile.Change(Path, file =>
        {
            var keys = file.ParseKeys();
            if (!keys.Select(FingerprintOf).SequenceEqual(Fingerprints))
            {
                throw KeyFile.Error($"Key file {Path} was changed since it was read; nothing was removed.",
                    "Load it again, rotate all secrets, and remove the old keys then.");
            }

            var first = file.Lines.TakeWhile(line => !KeyFile.IsKeyLine(line)).Count();
            return file.Lines.Where((line, index) => index == first || !KeyFile.IsKeyLine(line));
        });
        return Load(Path);
    }

    private byte[] Open(string token, out byte[] plain)
    {
        foreach (var key in _keys)
        {
            if (Opens(key, token, out plain))
                return key;
        }

        throw new RotaException("secret.unreadable", $"No key of key file {Path} opens this secret.",
            "Add the key it was encrypted with as a further line of the key file, or enter the secret again.");
    }

    private static bool Opens(byte[] key, string token, out byte[] plain) =>
        Fernet.TryDecrypt(key, token, ttl: null, now: default, out plain);

    // The prefix keeps this hash apart from any other hash that is ever made of a key.
    private static string FingerprintOf(byte[] key) =>
        Convert.ToHexStringLower(SHA256.HashData([.. "rota key fingerprint 1\0"u8, .. key]))[..8];
}
