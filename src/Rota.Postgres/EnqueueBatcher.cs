using Rota.Jobs;

namespace Rota.Postgres;

/// <summary>Lets concurrent enqueue calls share statements and commits.</summary>
/// <remarks>A call is sent at once while fewer than two are on their way; what comes meanwhile gathers and goes with
/// the next one. If a group is refused, each of its calls goes alone, so that none spoils its neighbours.</remarks>
internal sealed class EnqueueBatcher(PostgresDatabase database)
{
    private const int FlightsMax = 2;
    private const int JobsMax = 5_000;

    private readonly Lock _lock = new();
    private readonly Queue<Call> _waiting = [];
    private int _flights;

    private sealed record Call(IReadOnlyList<NewJob> Jobs, DateTimeOffset Now)
    {
        public TaskCompletionSource<IReadOnlyList<Enqueued>> Done { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Inserts plain jobs; the task ends after the commit.</summary>
    public async Task<IReadOnlyList<Enqueued>> InsertAsync(IReadOnlyList<NewJob> jobs, DateTimeOffset now)
    {
        if (TryJoin(jobs, now) is { } call)
            return await call.Done.Task;
        try
        {
            // Awaited by the caller itself: a lone one is spared a way over another thread.
            return (await InsertAsync([new Call(jobs, now)]))[0];
        }
        finally
        {
            _ = FlyAsync();
        }
    }

    /// <returns>Null when the call goes at once.</returns>
    private Call? TryJoin(IReadOnlyList<NewJob> jobs, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_flights < FlightsMax)
            {
                _flights++;
                return null;
            }
            var call = new Call(jobs, now);
            _waiting.Enqueue(call);
            return call;
        }
    }

    /// <summary>Goes on with what gathered during a flight.</summary>
    private async Task FlyAsync()
    {
        while (Take() is { Count: > 0 } group)
        {
            var error = await TryInsertAsync(group);
            if (error is null)
                continue;
            foreach (var call in group)
            {
                var own = group.Count == 1 || error is StorageException ? error : await TryInsertAsync([call]);
                if (own is not null)
                    call.Done.SetException(own);
            }
        }
    }

    private List<Call> Take()
    {
        var (group, count) = (new List<Call>(), 0);
        lock (_lock)
        {
            while (_waiting.TryPeek(out var call) && (count == 0 || count + call.Jobs.Count <= JobsMax))
            {
                group.Add(_waiting.Dequeue());
                count += call.Jobs.Count;
            }
            if (count == 0)
                _flights--;
        }
        return group;
    }

    private async Task<Exception?> TryInsertAsync(List<Call> group)
    {
        try
        {
            var enqueued = await InsertAsync(group);
            for (var at = 0; at < group.Count; at++)
                group[at].Done.SetResult(enqueued[at]);
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    /// <returns>For each call, its jobs in the order given.</returns>
    private async Task<IReadOnlyList<Enqueued>[]> InsertAsync(IReadOnlyList<Call> group)
    {
        var rows = new NewRows(database, group.Sum(call => call.Jobs.Count));
        foreach (var call in group)
        {
            foreach (var job in call.Jobs)
                rows.Add(null, job, call.Now, blockers: 0);
        }
        var ids = await database.RunAsync(
            session => JobInsert.InsertAsync(session, rows, commits: true), CancellationToken.None);
        var enqueued = new IReadOnlyList<Enqueued>[group.Count];
        for (var (at, from) = (0, 0); at < group.Count; from += group[at++].Jobs.Count)
            enqueued[at] = [.. ids.GetRange(from, group[at].Jobs.Count).Select(id => new Enqueued(id, IsNew: true))];
        return enqueued;
    }
}
