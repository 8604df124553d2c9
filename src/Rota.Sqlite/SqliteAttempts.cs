using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>Attempts, their log lines and their progress in SQLite.</summary>
internal sealed class SqliteAttempts(SqliteWriter writer, SqliteReaders readers) : IAttemptStore
{
    public Task<IReadOnlyList<Attempt>> ListAsync(JobId job, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<Attempt>>(db =>
        {
            var attempts = new List<Attempt>();
            using var rows = db.Query("""
                SELECT token, number, node, started_at, ended_at, outcome, error_type, error_message, error_stack
                FROM attempt
                WHERE id = ?1
                UNION ALL
                SELECT token, attempt, node, started_at, NULL, NULL, NULL, NULL, NULL
                FROM running
                WHERE id = ?1
                ORDER BY 1
                """, job);
            while (rows.Next())
                attempts.Add(Read(job, rows));
            return attempts;
        }, stop);

    private static Attempt Read(JobId job, in Rows rows) => new()
    {
        JobId = job,
        Token = rows.Int64(0),
        Number = rows.Int32(1),
        Node = rows.Text(2),
        StartedAt = rows.Instant(3),
        EndedAt = rows.InstantOrNull(4),
        Outcome = rows.IsNull(5) ? null : (AttemptOutcome)rows.Int32(5),
        Error = rows.IsNull(6) ? null : new AttemptError(rows.Text(6), rows.Text(7), rows.TextOrNull(8)),
    };

    public Task ReportAsync(
        IReadOnlyList<LogLine> lines, IReadOnlyList<ProgressNote> progress, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            foreach (var line in lines)
            {
                session.Db.Run("""
                    INSERT OR IGNORE INTO log (id, token, number, at, level, text)
                    SELECT ?1, ?2, ?3, ?4, ?5, ?6
                    WHERE EXISTS (SELECT 1 FROM job WHERE id = ?1)
                    """, line.JobId, line.Token, line.Number, line.At, (int)line.Level, line.Text);
            }
            foreach (var note in progress)
            {
                session.Db.Run("""
                    UPDATE running
                    SET progress_done = ?3, progress_total = ?4, progress_text = ?5
                    WHERE id = ?1 AND token = ?2
                    """, note.JobId, note.Token, note.Progress.Done, note.Progress.Total, note.Progress.Text);
            }
        }, stop);

    public Task<IReadOnlyList<LogLine>> ReadLogAsync(
        JobId job, long? token, LogPosition? after, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<LogLine>>(db =>
        {
            using var rows = db.Query("""
                SELECT token, number, at, level, text
                FROM log
                WHERE id = ?1 AND (token, number) > (?2, ?3) AND (?4 IS NULL OR token = ?4)
                ORDER BY token, number
                LIMIT ?5
                """, job, after?.Token ?? 0, after?.Number ?? 0, token, limit);
            return ReadLines(rows, job);
        }, stop);

    public Task<IReadOnlyList<LogLine>> ReadLogEndAsync(JobId job, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<LogLine>>(db =>
        {
            using var rows = db.Query("""
                SELECT token, number, at, level, text
                FROM log
                WHERE id = ?1
                ORDER BY token DESC, number DESC
                LIMIT ?2
                """, job, limit);
            var lines = ReadLines(rows, job);
            lines.Reverse();
            return lines;
        }, stop);

    private static List<LogLine> ReadLines(Rows rows, JobId job)
    {
        var lines = new List<LogLine>();
        while (rows.Next())
        {
            lines.Add(new LogLine(
                job, rows.Int64(0), rows.Int32(1), rows.Instant(2), (LogLevel)rows.Int32(3), rows.Text(4)));
        }
        return lines;
    }
}
