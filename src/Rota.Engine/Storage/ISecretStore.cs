namespace Rota.Storage;

/// <summary>Keeps secrets as Fernet tokens; it never sees a clear value.</summary>
public interface ISecretStore
{
    /// <summary>The token of a named secret, or null.</summary>
    Task<string?> FindAsync(string name, CancellationToken stop);

    /// <summary>The token of a schedule's own secrets (a JSON object of texts), or null.</summary>
    Task<string?> FindOfScheduleAsync(string schedule, CancellationToken stop);

    /// <summary>By name, without tokens.</summary>
    Task<IReadOnlyList<SecretInfo>> ListAsync(CancellationToken stop);

    Task SetAsync(string name, string token, DateTimeOffset now, CancellationToken stop);

    /// <returns>False when there was none.</returns>
    Task<bool> RemoveAsync(string name, CancellationToken stop);

    /// <summary>Tokens of named secrets and of schedules, in a stable order, for rotation.</summary>
    Task<IReadOnlyList<StoredToken>> TokensAsync(CancellationToken stop);

    /// <summary>Puts a token in place of an old one that nobody has changed meanwhile.</summary>
    /// <returns>False when it was changed or removed meanwhile.</returns>
    Task<bool> ReplaceAsync(StoredToken old, string token, CancellationToken stop);

    /// <summary>The fingerprint of the key that this database was used with last, or null.</summary>
    Task<string?> KeyFingerprintAsync(CancellationToken stop);

    Task SetKeyFingerprintAsync(string fingerprint, CancellationToken stop);
}

public sealed record SecretInfo(string Name, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <param name="IsOfSchedule">Whether <paramref name="Name"/> names a schedule or a secret.</param>
public sealed record StoredToken(bool IsOfSchedule, string Name, string Token);
