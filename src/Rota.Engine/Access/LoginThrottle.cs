namespace Rota.Access;

/// <summary>Counts tries to log in and refuses more when too many were wrong.</summary>
/// <remarks>
/// A try counts before it is checked, so that many at once are not all let through; a right one takes its count back.
/// Three counts, each forgotten a minute after its last try: of the account from this address (5), of the address (50),
/// and of the account from everywhere (100). The last one is high, so that a stranger's guesses do not lock out an
/// administrator at once, and tokens go on working in any case.
/// </remarks>
internal sealed class LoginThrottle(TimeProvider clock)
{
    private const int PairMax = 5, AddressMax = 50, AccountMax = 100, EntriesMax = 30_000;
    private static readonly TimeSpan LockedFor = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Tries> _tries = [];

    private readonly record struct Tries(int Count, DateTimeOffset Until);

    /// <exception cref="RotaException"><c>auth.locked</c>.</exception>
    public void Enter(string account, string address)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            MakeRoom(now);
            var keys = Keys(account, address);
            foreach (var (key, max) in keys)
            {
                if (Now(key, now).Count >= max)
                    throw Locked();
            }
            foreach (var (key, _) in keys)
                _tries[key] = new Tries(Now(key, now).Count + 1, now + LockedFor);
        }
    }

    public void Succeeded(string account, string address)
    {
        lock (_lock)
        {
            var keys = Keys(account, address);
            _tries.Remove(keys[0].Key);
            foreach (var (key, _) in keys[1..])
            {
                if (_tries.TryGetValue(key, out var tries))
                    _tries[key] = tries with { Count = Math.Max(0, tries.Count - 1) };
            }
        }
    }

    private Tries Now(string key, DateTimeOffset now) =>
        _tries.TryGetValue(key, out var tries) && tries.Until > now ? tries : default;

    private void MakeRoom(DateTimeOffset now)
    {
        if (_tries.Count < EntriesMax - 3)
            return;
        foreach (var (key, tries) in _tries)
        {
            if (tries.Until <= now)
                _tries.Remove(key);
        }
        if (_tries.Count >= EntriesMax - 3)
            throw Locked();
    }

    private static (string Key, int Max)[] Keys(string account, string address) =>
        [($"{address} {account}", PairMax), ($"address {address}", AddressMax), ($"account {account}", AccountMax)];

    private static RotaException Locked() => new("auth.locked", "There were too many wrong tries.",
        "Wait a minute and try again; tokens go on working.");
}
