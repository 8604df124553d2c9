using Microsoft.Extensions.Logging;
using Npgsql;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Attempts, their log lines and their progress in PostgreSQL.</summary>
internal sealed class PostgresAttempts(PostgresDatabase database) : IAttemptStore
{
    public async Task<IReadOnlyList<Attempt>> ListAsync(JobId job, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT made.token, made.number, word.text, made.started_at, made.ended_at, made.outcome,
                made.error_type, made.error_message, made.error_stack
            FROM (
                SELECT token, number, node, started_at, ended_at, outcome, error_type, error_message, error_stack
                FROM rota.attempt
                WHERE id = $1
                UNION ALL
                SELECT token, attempt, node, started_at, NULL, NULL, NULL, NULL, NULL
                FROM rota.running
                WHERE id = $1
            ) AS made
            JOIN rota.word ON word.id = made.node
            ORDER BY made.token
            """, rows => Read(job, rows), stop, job);

    private static Attempt Read(JobId job, NpgsqlDataReader rows) => new()
    {
        JobId = job,
        Token = rows.GetInt64(0),
        Number = rows.GetInt32(1),
        Node = rows.GetString(2),
        StartedAt = rows.Instant(3),
        EndedAt = rows.InstantOrNull(4),
        Outcome = rows.IsDBNull(5) ? null : (AttemptOutcome)rows.GetInt32(5),
        Error = rows.IsDBNull(6) ? null : new AttemptError(rows.GetString(6), rows.GetString(7), rows.TextOrNull(8)),
    };

    public async Task ReportAsync(
        IReadOnlyList<LogLine> lines, IReadOnlyList<ProgressNote> progress, CancellationToken stop)
    {
        if (lines.Count > 0)
            await database.RunAsync(session => AppendAsync(session, lines), stop);
        if (progress.Count > 0)
            await database.RunAsync(session => SetProgressAsync(session, progress), stop);
    }

    // The lock holds off a deletion until the lines are there to be taken along, or comes after one and finds no job.
    private static Task<int> AppendAsync(PostgresSession session, IReadOnlyList<LogLine> lines) =>
        session.RunAsync("""
            WITH there AS MATERIALIZED (
                SELECT job.id
                FROM rota.job
                WHERE job.id = ANY ($1)
                ORDER BY job.id
                FOR KEY SHARE
            )
            INSERT INTO rota.log (id, token, number, at, level, text)
            SELECT line.id, line.token, line.number, line.at, line.level, line.text
            FROM unnest($1, $2, $3, $4, $5, $6) AS line (id, token, number, at, level, text)
            WHERE line.id IN (SELECT id FROM there)
            ON CONFLICT DO NOTHING
            """,
            lines.Select(line => line.JobId.Value).ToArray(),
            lines.Select(line => line.Token).ToArray(),
            lines.Select(line => line.Number).ToArray(),
            lines.Select(line => line.At.ToMicroseconds()).ToArray(),
            lines.Select(line => (int)line.Level).ToArray(),
            lines.Select(line => line.Text).ToArray());

    // By rising ids and places among them, as the statements of JobEnd.
    private static Task<int> SetProgressAsync(PostgresSession session, IReadOnlyList<ProgressNote> progress)
    {
        var last = progress.Reverse().DistinctBy(note => (note.JobId, note.Token))
            .OrderBy(note => note.JobId).ThenBy(note => note.Token).ToList();
        return session.RunAsync("""
            UPDATE rota.running
            SET progress_done = ($3::float8[])[width_bucket(id, $1)],
                progress_total = ($4::float8[])[width_bucket(id, $1)],
                progress_text = ($5::text[])[width_bucket(id, $1)]
            WHERE id = ANY ($1) AND token = ($2::bigint[])[width_bucket(id, $1)]
            """,
            last.Select(note => note.JobId.Value).ToArray(),
            last.Select(note => note.Token).ToArray(),
            last.Select(note => note.Progress.Done).ToArray(),
            last.Select(note => note.Progress.Total).ToArray(),
            last.Select(note => note.Progress.Text).ToArray());
    }

    public async Task<IReadOnlyList<LogLine>> ReadLogAsync(
        JobId job, long? token, LogPosition? after, int limit, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT token, number, at, level, text
            FROM rota.log
            WHERE id = $1 AND (token, number) > ($2, $3) AND ($4::bigint IS NULL OR token = $4)
            ORDER BY token, number
            LIMIT $5
            """, rows => ReadLine(rows, job), stop, job, after?.Token ?? 0, after?.Number ?? 0, token, limit);

    public async Task<IReadOnlyList<LogLine>> ReadLogEndAsync(JobId job, int limit, CancellationToken stop)
    {
        var lines = await database.ListAsync("""
            SELECT token, number, at, level, text
            FROM rota.log
            WHERE id = $1
            ORDER BY token DESC, number DESC
            LIMIT $2
            """, rows => ReadLine(rows, job), stop, job, limit);
        lines.Reverse();
        return lines;
    }

    private static LogLine ReadLine(NpgsqlDataReader rows, JobId job) => new(job, rows.GetInt64(0), rows.GetInt32(1),
        rows.Instant(2), (LogLevel)rows.GetInt32(3), rows.GetString(4));
}
