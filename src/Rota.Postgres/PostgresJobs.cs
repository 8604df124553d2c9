using System.Data.Common;
using Npgsql;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Jobs in PostgreSQL.</summary>
/// <remarks>
/// A claim whose answer got lost may have been made, or may yet be made: what a broken connection had under way can
/// reach the database after its caller gave up. So the store knows which tokens it has handed out, and gives back now
/// and then what the database says this process holds and it does not. One caller claims at a time, the worker, which
/// brings what ended beside that.
/// </remarks>
internal sealed class PostgresJobs(PostgresDatabase database) : IJobStore
{
    private readonly EnqueueBatcher _batcher = new(database);

    public TimeSpan? Lease => Postgres.Lease.Length;

    public async Task<IReadOnlyList<Enqueued>> InsertAsync(
        IReadOnlyList<NewJob> jobs, DateTimeOffset now, CancellationToken stop)
    {
        await JobInsert.PrepareAsync(database, jobs, stop);
        return jobs.All(job => JobInsert.IsPlain(job))
            ? await _batcher.InsertAsync(jobs, now)
            : await database.WriteAsync(session => JobInsert.InsertAsync(session, jobs, now), stop);
    }

    public async Task<IReadOnlyList<Enqueued>> InsertAsync(
        IReadOnlyList<NewJob> jobs, DateTimeOffset now, DbTransaction transaction, CancellationToken stop)
    {
        if (transaction is not NpgsqlTransaction { Connection: { } connection } || !IsOpen(transaction))
        {
            throw new InvalidFieldException("transaction", "It is not an open transaction of PostgreSQL.",
                "Begin one on an NpgsqlConnection to Rota's database.");
        }
        await JobInsert.PrepareAsync(database, jobs, stop);
        try
        {
            return await database.WithinAsync(connection, session => JobInsert.InsertAsync(session, jobs, now), stop);
        }
        catch (PostgresException error) when (PostgresErrors.IsKeyTaken(error))
        {
            // Another transaction was first. The caller's own one is spoilt, so that nothing can be looked up in it.
            throw JobKeys.Taken(jobs.Select(job => job.Template.Key).First(key => key is not null)!);
        }
    }

    // Without it the job would be stored at once, outside of any transaction.
    private static bool IsOpen(DbTransaction transaction)
    {
        try
        {
            _ = transaction.IsolationLevel;
            return true;
        }
        catch (Exception error) when (error is InvalidOperationException or ObjectDisposedException)
        {
            return false;
        }
    }

    public async Task<Exchanged> ExchangeAsync(Exchange exchange, CancellationToken stop)
    {
        var node = database.Node = await database.Words.AddAsync(exchange.Node, stop);
        if (exchange is { Claim: null, Finished.Count: > 0 })
            return await ExchangeAsync(exchange, look: null, node, stop);
        if (database.Held.IsUncertain)
            await JobMoves.GiveBackUnknownAsync(database, exchange.Now, stop);
        database.Lanes.Open(exchange.Finished.Select(finished => finished.Job.Queue));
        var look = exchange.Claim is { } order && order.Slots + order.Prefetch > 0
            ? await JobClaim.LookAsync(database, order, exchange.Node, stop) : null;
        if (look is null && exchange.Claim is not null)
            database.Signals.Room.Waive();
        if (exchange.Claim is { } claim)
            database.Handover.Renew(claim.Queues);
        if (exchange.Finished.Count == 0 && look is null)
            return new Exchanged([], []);
        try
        {
            return await ExchangeAsync(exchange, look, node, stop);
        }
        catch (StorageException) when (look is not null)
        {
            database.Held.Doubt();
            database.Signals.Room.Doubt();
            throw;
        }
    }

    private async Task<Exchanged> ExchangeAsync(
        Exchange exchange, LaneBook.Look? look, int node, CancellationToken stop)
    {
        var ends = JobEnd.Statements(exchange.Finished.Select(Ending.Of)).ToList();
        var statements = new List<Statement>(ends);
        if (ends.Count > 0)
            statements.AddRange(await ReleaseAsync(exchange, stop));
        if (look is not null)
            statements.AddRange(JobClaim.Statements(database, look, exchange.Claim!, node, exchange.Now));
        var unkept = exchange.Finished.Where(finished => !finished.IsKept).Select(finished => finished.Job.Id.Value);
        var deletes = unkept.Any() ? JobDelete.Statements([.. unkept]) : [];
        var (moved, claimed) = exchange.Finished.Any(finished => finished.Next is not null)
            ? await RunWithNextsAsync(exchange, session => RunAsync(session, statements), deletes, stop)
            : await database.RunAsync(session => RunAsync(session, [.. statements, .. deletes]), stop,
                look is null ? database.Ending : database.Claiming);
        var held = moved.Select(move => move.Token).ToHashSet();
        var refused = exchange.Finished.Select(finished => finished.Job.Token).Where(token => !held.Contains(token));
        database.Held.Remove(exchange.Finished.Select(finished => finished.Job.Token));
        return new Exchanged(
            look is null ? [] : await HandOutAsync(look, exchange.Claim!, claimed), [.. refused]);

        Task<Outcome> RunAsync(PostgresSession session, IReadOnlyList<Statement> all) =>
            session.BatchAsync(all, rows => ReadAsync(session, ends.Count, look, rows));
    }

    private readonly record struct Outcome(List<JobEnd.Moved> Moved, List<JobClaim.Row> Claimed);

    /// <summary>Takes several round trips in one transaction, because a job comes next only where an attempt was not
    /// refused.</summary>
    private async Task<Outcome> RunWithNextsAsync(Exchange exchange, Func<PostgresSession, Task<Outcome>> run,
        Statement[] deletes, CancellationToken stop)
    {
        var nexts = exchange.Finished.Where(finished => finished.Next is not null)
            .ToDictionary(finished => finished.Job.Token, finished => finished.Next!.Value);
        await JobInsert.PrepareAsync(database, [.. nexts.Values], stop);
        return await database.WriteAsync(async session =>
        {
            var outcome = await run(session);
            await JobInsert.InsertNextsAsync(session, [.. outcome.Moved
                .Where(move => move.State == JobState.Succeeded && nexts.ContainsKey(move.Token))
                .Select(move => nexts[move.Token])], exchange.Now);
            if (deletes.Length > 0)
                await session.BatchAsync(deletes);
            return outcome;
        }, stop);
    }

    private async Task<IReadOnlyList<Claimed>> HandOutAsync(
        LaneBook.Look look, ClaimOrder order, List<JobClaim.Row> claimed)
    {
        try
        {
            var jobs = await JobClaim.FinishAsync(database, look, order, claimed);
            return [.. jobs.Where(job => database.Held.TryAdd(job.Token))]; // or a check was faster
        }
        catch (StorageException)
        {
            return ClaimedNothing();
        }
    }

    /// <summary>What ended is stored, and the caller must hear that; what was claimed, if anything, goes back.
    /// </summary>
    private IReadOnlyList<Claimed> ClaimedNothing()
    {
        database.Held.Doubt();
        database.Signals.Room.Doubt();
        database.Signals.Ready.Set();
        return [];
    }

    private async Task<Statement[]> ReleaseAsync(Exchange exchange, CancellationToken stop)
    {
        var jobs = new List<EndedJob>(exchange.Finished.Count);
        foreach (var job in exchange.Finished.Select(finished => finished.Job))
        {
            var route = await database.Routes.AddAsync(job.Kind, job.Queue, job.Priority, stop);
            jobs.Add(new EndedJob(route.Number, job.Id.Value));
        }
        return JobDependencies.Release(jobs, exchange.Now);
    }

    private static async Task<Outcome> ReadAsync(
        PostgresSession session, int ends, LaneBook.Look? look, NpgsqlDataReader rows)
    {
        var (moved, claimed) = (new List<JobEnd.Moved>(), new List<JobClaim.Row>());
        for (var at = 0; at < ends; at++)
        {
            while (await rows.ReadAsync())
                moved.AddRange(JobEnd.Read(rows));
            await rows.NextResultAsync();
        }
        if (ends > 0)
        {
            JobEnd.Tell(session, moved);
            await JobDependencies.TellAsync(session.Wakeup, rows);
            await rows.NextResultAsync();
        }
        if (look is { Limited.Count: > 0 })
            await rows.NextResultAsync();
        while (look is not null && await rows.ReadAsync())
            claimed.Add(JobClaim.Read(rows));
        return new Outcome(moved, claimed);
    }

    public Task<Promoted> PromoteAsync(DateTimeOffset now, int limit, CancellationToken stop) =>
        database.RunAsync(session => JobMoves.PromoteAsync(session, now, limit), stop);

    public async Task<int> RescueAsync(RescueRule rule, DateTimeOffset now, CancellationToken stop)
    {
        for (var count = 0; ;)
        {
            var rescued = await database.WriteAsync(session => JobMoves.RescueAsync(session, rule, now), stop);
            count += rescued;
            if (rescued > 0)
                continue;
            await JobCounters.FoldAsync(database, stop); // what every node does every few seconds comes along here
            return count;
        }
    }

    public Task<IReadOnlyList<CancelOutcome?>> CancelAsync(
        IReadOnlyList<JobId> ids, string reason, DateTimeOffset now, CancellationToken stop) =>
        database.WriteAsync(session => JobMoves.CancelAsync(session, ids, reason, now), stop);

    public async Task<IReadOnlyDictionary<long, string?>> StopRequestsAsync(
        IReadOnlyList<Claimed> held, CancellationToken stop)
    {
        var running = (await database.ListAsync("""
            SELECT token, cancel_reason
            FROM rota.running
            WHERE id = ANY ($1)
            """, rows => (Token: rows.GetInt64(0), Reason: rows.TextOrNull(1)), stop,
            held.Select(job => job.Id.Value).ToArray()))
            .ToDictionary(job => job.Token, job => job.Reason);
        return held.Where(job => !running.TryGetValue(job.Token, out var reason) || reason is not null)
            .ToDictionary(job => job.Token, job => running.GetValueOrDefault(job.Token));
    }

    public Task<bool> HurryAsync(JobId id, DateTimeOffset now, CancellationToken stop) =>
        database.RunAsync(session => JobMoves.HurryAsync(session, id), stop);

    public Task<Job?> FindAsync(JobId id, CancellationToken stop) => JobReads.FindAsync(database, id, stop);

    public async Task<JobId?> FindKeyAsync(string project, string key, CancellationToken stop) =>
        await database.FindAsync<JobId?>("""
            SELECT id
            FROM rota.job
            WHERE project = (SELECT id FROM rota.word WHERE text = $1) AND key = $2
            """, rows => rows.JobId(0), stop, project, key);

    public Task<IReadOnlyList<Job>> ListAsync(JobFilter filter, JobId? before, int limit, CancellationToken stop) =>
        JobReads.ListAsync(database, filter, before, limit, stop);

    public Task<IReadOnlyList<JobCount>> CountAsync(CancellationToken stop) => JobCounters.CountAsync(database, stop);

    public async Task<int> CountAheadAsync(Job job, int limit, CancellationToken stop) =>
        await database.FindAsync("""
            SELECT count(*)::integer
            FROM (
                SELECT 1
                FROM rota.ready
                WHERE queue = (SELECT id FROM rota.word WHERE text = $1) AND (priority, id) < ($2, $3)
                LIMIT $4
            ) AS ahead
            """, rows => rows.GetInt32(0), stop, job.Queue, (short)job.Priority, job.Id, limit);

    public Task<Pruned> PruneAsync(Retention rule, DateTimeOffset now, CancellationToken stop) =>
        JobDelete.PruneAsync(database, rule, now, stop);
}
