using System.Data.Common;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>Jobs in SQLite: writes go through the one writer, reads through read-only connections.</summary>
internal sealed class SqliteJobs(SqliteWriter writer, SqliteReaders readers) : IJobStore
{
    public TimeSpan? Lease => null;

    public Task<IReadOnlyList<Enqueued>> InsertAsync(
        IReadOnlyList<NewJob> jobs, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync<IReadOnlyList<Enqueued>>(session => JobInsert.Insert(session, jobs, now), stop);

    // One thread writes the file, and nobody else may: there is no transaction to share.
    public Task<IReadOnlyList<Enqueued>> InsertAsync(
        IReadOnlyList<NewJob> jobs, DateTimeOffset now, DbTransaction transaction, CancellationToken stop) =>
        throw new InvalidFieldException("transaction", "Rota keeps its jobs in an SQLite file of its own.",
            "Use PostgreSQL for both, or enqueue after your commit with a unique key.");

    public Task<Exchanged> ExchangeAsync(Exchange exchange, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            session.Starts.Node = exchange.Node;
            var refused = new List<long>();
            foreach (var finished in exchange.Finished)
            {
                if (!JobEnd.Finish(session, finished, exchange.Node, exchange.Now))
                    refused.Add(finished.Job.Token);
            }
            IReadOnlyList<Claimed> claimed = exchange.Claim is { } order
                ? JobClaim.Claim(session, order, exchange.Node, exchange.Now)
                : [];
            return new Exchanged(claimed, refused);
        }, stop, isSynced: exchange.Finished.Count > 0);

    public Task<Promoted> PromoteAsync(DateTimeOffset now, int limit, CancellationToken stop) =>
        writer.RunAsync(session => JobMoves.Promote(session, now, limit), stop);

    public Task<int> RescueAsync(RescueRule rule, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session => JobMoves.Rescue(session, rule, now), stop);

    public Task<IReadOnlyList<CancelOutcome?>> CancelAsync(
        IReadOnlyList<JobId> ids, string reason, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync<IReadOnlyList<CancelOutcome?>>(
            session => [.. ids.Select(id => JobMoves.Cancel(session, id, reason, now))], stop);

    public Task<IReadOnlyDictionary<long, string?>> StopRequestsAsync(
        IReadOnlyList<Claimed> held, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyDictionary<long, string?>>(db =>
        {
            var asked = new Dictionary<long, string?>();
            foreach (var job in held)
            {
                using var rows = db.Query(
                    "SELECT cancel_reason FROM running WHERE id = ?1 AND token = ?2", job.Id, job.Token);
                if (!rows.Next())
                    asked.Add(job.Token, null);
                else if (rows.TextOrNull(0) is { } reason)
                    asked.Add(job.Token, reason);
            }
            return asked;
        }, stop);

    public Task<bool> HurryAsync(JobId id, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session => JobMoves.Hurry(session, id), stop);

    public Task<Job?> FindAsync(JobId id, CancellationToken stop) =>
        readers.RunAsync(db => JobReads.Find(db, id), stop);

    public Task<JobId?> FindKeyAsync(string project, string key, CancellationToken stop) =>
        readers.RunAsync<JobId?>(db =>
        {
            using var rows = db.Query("SELECT id FROM job WHERE project = ?1 AND key = ?2", project, key);
            return rows.Next() ? rows.JobId(0) : null;
        }, stop);

    public Task<IReadOnlyList<Job>> ListAsync(JobFilter filter, JobId? before, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<Job>>(db => JobReads.List(db, filter, before, limit), stop);

    public Task<IReadOnlyList<JobCount>> CountAsync(CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<JobCount>>(JobReads.Count, stop);

    public Task<int> CountAheadAsync(Job job, int limit, CancellationToken stop) =>
        readers.RunAsync(db =>
        {
            using var rows = db.Query("""
                SELECT count(*)
                FROM (
                    SELECT 1
                    FROM ready
                    WHERE queue = ?1 AND (priority, id) < (?2, ?3)
                    LIMIT ?4
                )
                """, job.Queue, job.Priority, job.Id, limit);
            return rows.Next() ? rows.Int32(0) : 0;
        }, stop);

    public Task<Pruned> PruneAsync(Retention rule, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session => JobDelete.Prune(session, rule, now), stop);
}
