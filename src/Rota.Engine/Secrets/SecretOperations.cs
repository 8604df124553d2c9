using System.Text.Json;
using Rota.Storage;

namespace Rota.Secrets;

/// <summary>Sets, lists, reads and rotates secrets. Clear values exist in memory only, and only where they are asked
/// for.</summary>
public sealed class SecretOperations(ISecretStore store, KeyRing keys, TimeProvider clock)
{
    private const int ValueCharactersMax = 65_536;

    private volatile KeyRing _keys = keys;

    /// <summary>Stores a secret, or a new value of it.</summary>
    public async Task SetAsync(string name, string value, CancellationToken stop)
    {
        NameRule.Check("name", name);
        if (value is not { Length: >= 1 and <= ValueCharactersMax })
            throw new InvalidFieldException("value", "The value is empty or too long.",
                $"Write 1 to {ValueCharactersMax:N0} characters.");
        var now = clock.GetUtcNow();
        await store.SetAsync(name, _keys.Encrypt(value, now), now, stop);
    }

    public Task<IReadOnlyList<SecretInfo>> ListAsync(CancellationToken stop) => store.ListAsync(stop);

    /// <exception cref="NotFoundException"><c>secret.not_found</c>.</exception>
    public async Task RemoveAsync(string name, CancellationToken stop)
    {
        if (!await store.RemoveAsync(name, stop))
            throw NotThere(name);
    }

    /// <summary>The clear value, for the attempt that needs it.</summary>
    /// <exception cref="NotFoundException"><c>secret.not_found</c>.</exception>
    internal async Task<string> ReadAsync(string name, CancellationToken stop) =>
        await store.FindAsync(name, stop) is { } token ? _keys.Decrypt(token) : throw NotThere(name);

    private static NotFoundException NotThere(string name) =>
        new("secret", name, $"Set it: rota secrets set {name}");

    /// <summary>The token that a schedule keeps of its own secrets; null when it has none or is gone.</summary>
    internal Task<string?> FindOfScheduleAsync(string schedule, CancellationToken stop) =>
        store.FindOfScheduleAsync(schedule, stop);

    /// <summary>The clear values of a schedule's own secrets; empty when it has none or is gone.</summary>
    internal async Task<IReadOnlyDictionary<string, string>> ReadScheduleAsync(
        string schedule, CancellationToken stop) =>
        await FindOfScheduleAsync(schedule, stop) is { } token
            ? JsonSerializer.Deserialize<Dictionary<string, string>>(_keys.Decrypt(token))!
            : System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The token that a schedule keeps of its own secrets.</summary>
    public string Seal(IReadOnlyDictionary<string, string> values) =>
        _keys.Encrypt(JsonSerializer.Serialize(values), clock.GetUtcNow());

    /// <summary>Refuses to start with a key that cannot open what the database holds.</summary>
    /// <exception cref="RotaException"><c>secrets.wrong_key</c>.</exception>
    public async Task CheckKeyAsync(CancellationToken stop)
    {
        var used = await store.KeyFingerprintAsync(stop);
        if (used is not null && !_keys.Fingerprints.Contains(used) && (await store.TokensAsync(stop)).Count > 0)
        {
            throw new RotaException("secrets.wrong_key",
                $"The key file {_keys.Path} does not hold the key {used} "
                    + "that this database's secrets are encrypted with.",
                "Put the right key file back, or name it with ROTA_FERNET_KEY_PATH. Nothing was changed.");
        }
        if (used != _keys.Fingerprint)
            await store.SetKeyFingerprintAsync(_keys.Fingerprint, stop);
    }

    /// <summary>Puts a fresh first key into the key file; what is stored from now on is encrypted with it.</summary>
    /// <exception cref="RotaException"><c>secrets.key_file</c>: the file cannot be written.</exception>
    public void AddKey() => _keys = _keys.AddKey();

    /// <summary>Encrypts every secret with the first key of the ring. Runs online; one that stopped goes on when called
    /// again, because what is current already is left alone.</summary>
    public async Task<Rotation> RotateAsync(IProgress<Rotation>? progress, CancellationToken stop)
    {
        var tokens = await store.TokensAsync(stop);
        var state = new Rotation(tokens.Count, 0, []);
        foreach (var stored in tokens)
        {
            state = await RotateAsync(stored, state, stop);
            progress?.Report(state);
        }
        await store.SetKeyFingerprintAsync(_keys.Fingerprint, stop);
        return state;
    }

    private async Task<Rotation> RotateAsync(StoredToken stored, Rotation state, CancellationToken stop)
    {
        try
        {
            if (!_keys.IsCurrent(stored.Token))
                await store.ReplaceAsync(stored, _keys.Rotate(stored.Token), stop);
            return state with { Done = state.Done + 1 };
        }
        catch (RotaException unreadable) when (unreadable.Code == "secret.unreadable")
        {
            return state with { Unreadable = [.. state.Unreadable, stored.Name] };
        }
    }
}

/// <summary>How far a rotation is.</summary>
/// <param name="Unreadable">Names that no key of the ring opens; they stay as they are.</param>
public sealed record Rotation(int Total, int Done, IReadOnlyList<string> Unreadable);
