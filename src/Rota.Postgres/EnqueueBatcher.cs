using Rota.Jobs;

namespace Rota.Postgres;

/// <summary>Lets concurrent enqueue calls share statements and commits.</summary>
/// <remarks>A call is sent at once while one of two flights is free; what comes meanwhile gathers for the next one.
/// If a group is refused, each of its calls goes alone, so that none spoils its neighbours.</remarks>
internal sealed class EnqueueBatcher(PostgresDatabase database)
{
    private const int JobsMax = 5_000;

    private readonly Lock _lock = new();
    private readonly Queue<Call> _waiting = [];

    // The last one to come back is the next one to leave: a lone caller always meets the same connection.
    private readonly Stack<KeptConnection> _flights = new(database.Enqueuing);

    private sealed record Call(IReadOnlyList<NewJob> Jobs, DateTimeOffset Now)
    {
        public TaskCompletionSource<IReadOnlyList<Enqueued>> Done { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Inserts plain jobs; the task ends after the commit.</summary>
    public async Task<IReadOnlyList<Enqueued>> InsertAsync(IReadOnlyList<NewJob> jobs, DateTimeOffset now)
    {
        var call = new Call(jobs, now);
        if (Board(call) is not { } flight)
            return await call.Done.Task;
        try
        {
            // Awaited by the caller itself: a lone one is spared a way over another thread.
            return (await InsertAsync([call], flight))[0];
        }
        finally
        {
            _ = FlyAsync(flight);
        }
    }

    /// <returns>Null when the call waits until one is free.</returns>
    private KeptConnection? Board(Call call)
    {
        lock (_lock)
        {
            if (_flights.TryPop(out var flight))
                return flight;
            _waiting.Enqueue(call);
            return null;
        }
    }

    /// <summary>Goes on with what gathered during a flight.</summary>
    private async Task FlyAsync(KeptConnection flight)
    {
        while (Take(flight) is { Count: > 0 } group)
        {
            var error = await TryInsertAsync(group, flight);
            if (error is null)
                continue;
            foreach (var call in group)
            {
                var own = group.Count == 1 || error is StorageException ? error
                    : await TryInsertAsync([call], flight);
                if (own is not null)
                    call.Done.SetException(own);
            }
        }
    }

    /// <returns>None: the flight is free again.</returns>
    private List<Call> Take(KeptConnection flight)
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
                _flights.Push(flight);
        }
        return group;
    }

    private async Task<Exception?> TryInsertAsync(List<Call> group, KeptConnection flight)
    {
        try
        {
            var enqueued = await InsertAsync(group, flight);
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
    private async Task<IReadOnlyList<Enqueued>[]> InsertAsync(
        IReadOnlyList<Call> group, KeptConnection flight)
    {
        var rows = new NewRows(database, group.Sum(call => call.Jobs.Count));
        foreach (var call in group)
        {
            foreach (var job in call.Jobs)
                rows.Add(null, job, call.Now, blockers: 0);
        }
        var ids = await database.RunAsync(
            session => JobInsert.InsertAsync(session, rows, commits: true), CancellationToken.None, flight);
        var enqueued = new IReadOnlyList<Enqueued>[group.Count];
        for (var (at, from) = (0, 0); at < group.Count; from += group[at++].Jobs.Count)
            enqueued[at] = [.. ids.GetRange(from, group[at].Jobs.Count).Select(id => new Enqueued(id, IsNew: true))];
        return enqueued;
    }
}
