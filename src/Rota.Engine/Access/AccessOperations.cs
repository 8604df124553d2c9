using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Rota.Storage;

namespace Rota.Access;

/// <summary>Who may call: users with passwords, tokens for programs, and the first administrator.</summary>
/// <remarks>A user's sessions are tokens too, bound to the user: they take the user's role of the moment, and end when
/// the user is removed or gets another password.</remarks>
public sealed class AccessOperations(IAccessStore store, TimeProvider clock) : IDisposable
{
    public const string LocalToken = "local", FirstAdmin = "admin";
    private const string SessionPrefix = "login:";
    private const int PasswordMin = 10, PasswordMax = 1_000, SetupCodeBytes = 20;
    private static readonly TimeSpan SessionLength = TimeSpan.FromHours(12);
    private static readonly TimeSpan UseNotedEvery = TimeSpan.FromMinutes(1);

    private readonly LoginThrottle _throttle = new(clock);
    private readonly SemaphoreSlim _hashing = new(Math.Max(1, Environment.ProcessorCount / 2)); // a hash costs 0.2 s
    private volatile string? _setupCode;

    /// <summary>The one-time code of the first set-up; null when there is a user.</summary>
    public string? SetupCode => _setupCode;

    /// <summary>Prepares the first set-up when there is no user.</summary>
    /// <param name="adminPassword">Of the user <c>admin</c> made then; null to make a set-up code instead.</param>
    /// <returns>The set-up code, or null when nothing is to be set up.</returns>
    public async Task<string?> StartAsync(string? adminPassword, CancellationToken stop)
    {
        if (await store.HasUsersAsync(stop))
            return null;
        if (adminPassword is not null)
        {
            var admin = await NewUserAsync(FirstAdmin, Role.Admin, adminPassword, stop);
            await store.AddFirstUserAsync(admin, stop);
            return null;
        }
        return _setupCode = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SetupCodeBytes));
    }

    /// <summary>Makes the first administrator.</summary>
    /// <exception cref="RotaException"><c>auth.wrong</c>, <c>auth.locked</c>, <c>setup.done</c>.</exception>
    public async Task<Session> SetUpAsync(
        string code, string name, string password, string address, CancellationToken stop)
    {
        _throttle.Enter("setup code", address);
        if (_setupCode is not { } known || !IsSame(code, known))
        {
            throw new RotaException("auth.wrong", "The set-up code is not the one of this start, or was used.",
                "Open the link that the server printed at its last start, or log in.");
        }
        _throttle.Succeeded("setup code", address);
        var admin = await NewUserAsync(CheckUserName(name), Role.Admin, password, stop);
        if (!await store.AddFirstUserAsync(admin, stop))
            throw new ConflictException("setup.done", "There is a user already.", "Log in as that user.");
        _setupCode = null;
        return await OpenSessionAsync(admin, stop);
    }

    private static bool IsSame(string given, string known) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(known));

    /// <summary>A session of 12 hours for the right password.</summary>
    /// <param name="address">Where the try comes from; counts wrong tries together with the name.</param>
    /// <exception cref="RotaException"><c>auth.wrong</c>; <c>auth.locked</c> for a minute after five.</exception>
    public async Task<Session> LoginAsync(string name, string password, string address, CancellationToken stop)
    {
        _throttle.Enter(name, address);
        var user = await store.FindUserAsync(name, stop);
        if (password.Length > PasswordMax || !await VerifyAsync(password, user?.Password, stop))
            throw new RotaException("auth.wrong", "The name or the password is wrong.", "Five wrong tries lock.");
        _throttle.Succeeded(name, address);
        return await OpenSessionAsync(user!, stop);
    }

    private async Task<Session> OpenSessionAsync(User user, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        var token = NewToken($"{SessionPrefix}{user.Name}:{id}", user.Role, now + SessionLength, out var clear);
        await store.AddTokenAsync(token with { User = user.Name }, replaces: false, stop);
        return new Session(clear, user.Role, now + SessionLength);
    }

    /// <summary>Ends the session of this token.</summary>
    /// <exception cref="ConflictException"><c>session.none</c>: it is no session's, but a program's.</exception>
    public async Task LogoutAsync(string token, CancellationToken stop)
    {
        if (TokenText.Hash(token) is not { } hash || await store.FindTokenAsync(hash, stop) is not { } found)
            return;
        if (found.User is null)
        {
            throw new ConflictException("session.none", $"The token '{found.Name}' is a program's and has no session.",
                "Remove it: rota tokens remove NAME");
        }
        await store.RemoveTokenAsync(found.Name, stop);
    }

    /// <summary>Who has this token; null when it is unknown or over, or its user is gone.</summary>
    public async Task<Caller?> VerifyAsync(string token, CancellationToken stop)
    {
        if (TokenText.Hash(token) is not { } hash || await store.FindTokenAsync(hash, stop) is not { } found)
            return null;
        var now = clock.GetUtcNow();
        if (!CryptographicOperations.FixedTimeEquals(found.Hash.Span, hash) || found.ExpiresAt <= now)
            return null;
        if (found.UsedAt is not { } used || used < now - UseNotedEvery)
            await NoteUseAsync(found, now, stop);
        return new Caller(found.User ?? $"token:{found.Name}", found.Role);
    }

    private async Task NoteUseAsync(Token token, DateTimeOffset now, CancellationToken stop)
    {
        try
        {
            await store.NoteUseAsync(token.Hash, now, UseNotedEvery, stop);
        }
        catch (StorageException)
        {
            // A full disk must not keep people from looking; what they change is refused by itself.
        }
    }

    /// <summary>Makes the administrator's token of this machine in place of the one of the last start.</summary>
    /// <param name="node">Every node on the database has one of its own.</param>
    /// <returns>The token in clear, to be written where only its user can read it.</returns>
    public async Task<string> CreateLocalAsync(string node, CancellationToken stop)
    {
        var token = NewToken($"{LocalToken}:{node}", Role.Admin, expiresAt: null, out var clear);
        await store.AddTokenAsync(token, replaces: true, stop);
        return clear;
    }

    /// <summary>Tokens of programs, by name; sessions are not among them.</summary>
    public Task<IReadOnlyList<Token>> ListTokensAsync(CancellationToken stop) => store.ListTokensAsync(stop);

    /// <param name="expiresIn">Over 0, or null for never.</param>
    /// <returns>The token in clear, this once.</returns>
    /// <exception cref="ConflictException"><c>token.taken</c>.</exception>
    public async Task<string> CreateTokenAsync(string name, Role role, TimeSpan? expiresIn, CancellationToken stop)
    {
        if (NameRule.Check("name", name).StartsWith(SessionPrefix, StringComparison.Ordinal))
            throw new InvalidFieldException("name", $"'{SessionPrefix}' begins a session.", "Choose another name.");
        if (expiresIn <= TimeSpan.Zero || expiresIn > TimeSpan.FromDays(3_660))
            throw new InvalidFieldException("expires_in", "expires_in is out of range.",
                "Write up to ten years, such as 90d.");
        var token = NewToken(name, role, clock.GetUtcNow() + expiresIn, out var clear);
        return await store.AddTokenAsync(token, replaces: false, stop)
            ? clear
            : throw new ConflictException("token.taken", $"There is a token '{name}' already.", "Remove it first.");
    }

    /// <exception cref="NotFoundException"><c>token.not_found</c>.</exception>
    public async Task RemoveTokenAsync(string name, CancellationToken stop)
    {
        if (!await store.RemoveTokenAsync(name, stop))
            throw new NotFoundException("token", name, "List what is there: rota tokens list");
    }

    private Token NewToken(string name, Role role, DateTimeOffset? expiresAt, out string clear) => new()
    {
        Name = name,
        Hash = TokenText.Hash(clear = TokenText.New()),
        Role = role,
        CreatedAt = clock.GetUtcNow(),
        ExpiresAt = expiresAt,
    };

    /// <summary>By name.</summary>
    public Task<IReadOnlyList<User>> ListUsersAsync(CancellationToken stop) => store.ListUsersAsync(stop);

    /// <summary>Makes a user, or gives one another role or password, which ends the user's sessions.</summary>
    /// <param name="password">10 to 1,000 characters; null leaves it as it is.</param>
    /// <returns>The user, and whether it is new.</returns>
    /// <exception cref="ConflictException"><c>user.last_admin</c>: nobody could administer.</exception>
    public async Task<(User User, bool IsNew)> PutUserAsync(
        string name, Role role, string? password, CancellationToken stop)
    {
        var old = await store.FindUserAsync(CheckUserName(name), stop);
        if (old is null && password is null)
            throw new InvalidFieldException("password", $"The user '{name}' is new and has no password.", PasswordHint);
        var user = password is null
            ? old! with { Role = role }
            : await NewUserAsync(name, role, password, stop);
        await store.PutUserAsync(user, stop);
        return (user, old is null);
    }

    /// <exception cref="NotFoundException"><c>user.not_found</c>.</exception>
    /// <exception cref="ConflictException"><c>user.last_admin</c>.</exception>
    public async Task RemoveUserAsync(string name, CancellationToken stop)
    {
        if (!await store.RemoveUserAsync(name, stop))
            throw new NotFoundException("user", name, "List who is there: rota users list");
    }

    private async Task<User> NewUserAsync(string name, Role role, string password, CancellationToken stop)
    {
        if (password.Length is < PasswordMin or > PasswordMax)
            throw new InvalidFieldException("password", $"The password has {password.Length} characters.",
                PasswordHint);
        await _hashing.WaitAsync(stop);
        try
        {
            return new User(name, role, PasswordHash.Make(password), clock.GetUtcNow());
        }
        finally
        {
            _hashing.Release();
        }
    }

    private async Task<bool> VerifyAsync(string password, string? stored, CancellationToken stop)
    {
        await _hashing.WaitAsync(stop);
        try
        {
            return PasswordHash.Verify(password, stored);
        }
        finally
        {
            _hashing.Release();
        }
    }

    // Without ':' no user's name can look like a token's in the audit.
    private static string CheckUserName(string name) => NameRule.Check("name", name).Contains(':')
        ? throw new InvalidFieldException("name", $"The name '{name}' has a ':'.",
            "Write letters, digits, '.', '_' or '-'.")
        : name;

    private static readonly string PasswordHint = $"Write {PasswordMin} to {PasswordMax:N0} characters.";

    public void Dispose() => _hashing.Dispose();
}
