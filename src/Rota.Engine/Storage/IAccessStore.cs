using Rota.Access;

namespace Rota.Storage;

/// <summary>Keeps users, tokens and the audit; it never sees a clear password or token.</summary>
public interface IAccessStore
{
    Task<bool> HasUsersAsync(CancellationToken stop);

    Task<User?> FindUserAsync(string name, CancellationToken stop);

    /// <summary>By name.</summary>
    Task<IReadOnlyList<User>> ListUsersAsync(CancellationToken stop);

    /// <returns>False when there is a user already; nothing was changed then.</returns>
    Task<bool> AddFirstUserAsync(User user, CancellationToken stop);

    /// <summary>Makes or changes a user. A changed password removes the user's sessions.</summary>
    /// <exception cref="ConflictException"><c>user.last_admin</c>: no administrator would be left.</exception>
    Task PutUserAsync(User user, CancellationToken stop);

    /// <summary>Removes a user and the user's sessions.</summary>
    /// <returns>False when there was none.</returns>
    /// <exception cref="ConflictException"><c>user.last_admin</c>.</exception>
    Task<bool> RemoveUserAsync(string name, CancellationToken stop);

    /// <summary>The token with this hash, or null. The role of a session is its user's; without the user it is null.
    /// </summary>
    Task<Token?> FindTokenAsync(ReadOnlyMemory<byte> hash, CancellationToken stop);

    /// <summary>Tokens that are no sessions, by name.</summary>
    Task<IReadOnlyList<Token>> ListTokensAsync(CancellationToken stop);

    /// <summary>Stores a token, and removes sessions that are over.</summary>
    /// <param name="replaces">Whether a token of the same name is replaced.</param>
    /// <returns>False when the name is taken.</returns>
    Task<bool> AddTokenAsync(Token token, bool replaces, CancellationToken stop);

    /// <returns>False when there was none.</returns>
    Task<bool> RemoveTokenAsync(string name, CancellationToken stop);

    /// <summary>Notes that a token was used, unless that was noted less than <paramref name="every"/> ago.</summary>
    Task NoteUseAsync(ReadOnlyMemory<byte> hash, DateTimeOffset now, TimeSpan every, CancellationToken stop);

    /// <summary>Appends to the audit, and drops what is older than the newest million entries.</summary>
    Task AddAuditAsync(AuditEntry entry, CancellationToken stop);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only entries with a smaller id; null for the first page.</param>
    Task<IReadOnlyList<AuditEntry>> ListAuditAsync(long? before, int limit, CancellationToken stop);
}

/// <param name="Password">See <see cref="PasswordHash"/>.</param>
public sealed record User(string Name, Role Role, string Password, DateTimeOffset CreatedAt);

public sealed record Token
{
    public required string Name { get; init; }

    /// <summary>SHA-256 of the token's text.</summary>
    public required ReadOnlyMemory<byte> Hash { get; init; }

    public required Role Role { get; init; }

    /// <summary>The user whose session it is, or null.</summary>
    public string? User { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; init; }
}

/// <param name="Id">Grows with time.</param>
/// <param name="Detail">What was asked for: JSON with its secrets masked, or null.</param>
/// <param name="Changes">What it was before and after: the same.</param>
public sealed record AuditEntry(
    long Id, DateTimeOffset At, string Actor, string Action, string Target, string? Detail, string? Changes);
