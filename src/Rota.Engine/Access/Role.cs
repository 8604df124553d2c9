namespace Rota.Access;

/// <summary>What a caller may do; each role may do all that the ones before it may. The numbers are stored.</summary>
public enum Role
{
    /// <summary>Looks.</summary>
    Viewer = 1,

    /// <summary>Acts: enqueues, cancels, retries, pauses.</summary>
    Operator = 2,

    /// <summary>Administers: secrets, tokens, users.</summary>
    Admin = 3,
}

/// <summary>Who calls.</summary>
/// <param name="Name">The user's name, or <c>token:</c> and the token's name; what the audit says.</param>
public sealed record Caller(string Name, Role Role);

/// <summary>What a login gives.</summary>
/// <param name="Token">In clear, this once.</param>
public sealed record Session(string Token, Role Role, DateTimeOffset ExpiresAt);
