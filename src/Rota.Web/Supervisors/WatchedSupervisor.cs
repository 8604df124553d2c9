using Rota.Supervisor.Client;

namespace Rota.Web.Supervisors;

/// <summary>One configured supervisor, and what was last seen of it.</summary>
internal sealed class WatchedSupervisor(string name, SupervisorClient client)
{
    private volatile Look? _last;

    public string Name => name;

    public SupervisorClient Client => client;

    public ProcessWatch Watch { get; } = new();

    /// <summary>Null before the first look.</summary>
    public Look? Last => _last;

    /// <summary>Looks anew. A supervisor that does not answer is away: what was last known of it stays.</summary>
    public async Task<Look> LookAsync(TimeProvider clock, CancellationToken stop)
    {
        try
        {
            var info = await client.InfoAsync(stop);
            return _last = new Look(info, clock.GetUtcNow(), Error: null);
        }
        catch (SupervisorException error)
        {
            var last = _last;
            return _last = new Look(last?.Info, last?.At, error);
        }
    }
}

/// <summary>How a supervisor was at some moment.</summary>
/// <param name="Info">The newest that is known; null when it never answered.</param>
/// <param name="At">When that was.</param>
/// <param name="Error">Why it tells nothing now; null while it does.</param>
internal sealed record Look(SupervisorInfo? Info, DateTimeOffset? At, SupervisorException? Error);
