using Npgsql;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statements that read jobs. A job's state is the one of the four tables that holds its row.</summary>
internal static class JobReads
{
    /// <summary>The columns of every job query, in the order in which <see cref="Read"/> takes them. The columns of a
    /// place that the job does not stand in are null.</summary>
    public const string Columns = """
        job.id, (SELECT text FROM rota.word WHERE id = route.kind), (SELECT text FROM rota.word WHERE id = route.queue),
        (SELECT text FROM rota.word WHERE id = job.project), route.priority, job.key, job.schedule,
        (SELECT of FROM rota.job_retry WHERE job_retry.id = job.id), job.created_at, job.settings,
        ready.id IS NOT NULL, ready.attempt, ready.crashes,
        waiting.state, waiting.due_at, waiting.attempt, waiting.crashes, waiting.blockers,
        running.token, running.attempt, running.crashes, running.started_at, running.cancel_reason IS NOT NULL,
        running.progress_done, running.progress_total, running.progress_text,
        outcome.state, outcome.reason, outcome.attempt, outcome.started_at, outcome.ended_at, outcome_error.text,
        (SELECT text FROM rota.word WHERE id = coalesce(running.node, outcome.node))
        """;

    /// <summary>Each of them by its key. A part of a key that comes from another table must not become the whole: the
    /// planner reads a lane rather than a row, and some lanes are long.</summary>
    public const string Places = """
        JOIN rota.route ON route.id = job.route
        LEFT JOIN LATERAL (
            SELECT id, attempt, crashes
            FROM rota.ready
            WHERE ready.queue = route.queue AND ready.priority = route.priority AND ready.id = job.id
            LIMIT 1
        ) AS ready ON true
        LEFT JOIN rota.waiting ON waiting.id = job.id
        LEFT JOIN rota.running ON running.id = job.id
        LEFT JOIN rota.outcome ON outcome.route = job.route AND outcome.id = job.id
        LEFT JOIN rota.outcome_error ON outcome_error.id = outcome.id
        """;

    private const string FindOne = $"""
        SELECT {Columns}, job.args,
            (SELECT json FROM rota.output WHERE output.id = job.id),
            ARRAY(SELECT tag FROM rota.job_tag WHERE job_tag.id = job.id ORDER BY tag),
            ARRAY(SELECT on_id FROM rota.dependency WHERE dependency.id = job.id ORDER BY on_id),
            (
                SELECT error_message
                FROM rota.attempt
                WHERE attempt.id = job.id AND error_message IS NOT NULL
                ORDER BY token DESC
                LIMIT 1
            ),
            CASE WHEN waiting.state = 1 THEN (
                SELECT count(*)::integer FROM rota.job_edge WHERE job_edge.id = job.id
            ) END
        FROM rota.job
        {Places}
        WHERE job.id = $1
        """;

    /// <summary>A job with everything, or null.</summary>
    public static Task<Job?> FindAsync(PostgresDatabase database, JobId id, CancellationToken stop) =>
        database.FindAsync(FindOne, ReadWhole, stop, id);

    private static Job ReadWhole(NpgsqlDataReader rows)
    {
        var job = Read(rows);
        return job with
        {
            Args = rows.Blob(33),
            Output = rows.BlobOrNull(34),
            Tags = rows.GetFieldValue<string[]>(35),
            DependsOn = [.. rows.GetFieldValue<long[]>(36).Select(on => new JobId(on))],
            Error = job.Error ?? rows.TextOrNull(37),
            Progress = rows.IsDBNull(38) ? job.Progress
                : new Progress(rows.GetInt32(38) - job.Blockers, rows.GetInt32(38), Text: null),
        };
    }

    private const string FindSome = $"""
        SELECT {Columns}
        FROM rota.job
        {Places}
        WHERE job.id = ANY ($1)
        ORDER BY job.id
        """;

    /// <summary>Those of these jobs that are there, by id.</summary>
    public static Task<List<Job>> FindAsync(
        PostgresDatabase database, IReadOnlyList<JobId> ids, CancellationToken stop) =>
        database.ListAsync(FindSome, Read, stop, ids.Select(id => id.Value).ToArray());

    public static async Task<IReadOnlyList<Job>> ListAsync(
        PostgresDatabase database, JobFilter filter, JobId? before, int limit, CancellationToken stop)
    {
        List<Job> found = [];
        foreach (var statement in JobList.Of(filter, before, limit))
        {
            found = await database.ListAsync(statement.Sql, Read, stop, statement.Values);
            if (found.Count == limit)
                break;
        }
        return found;
    }

    private static Job Read(NpgsqlDataReader rows)
    {
        var job = new Job
        {
            Id = rows.JobId(0),
            Kind = rows.GetString(1),
            Queue = rows.GetString(2),
            Project = rows.GetString(3),
            Priority = rows.GetInt16(4),
            Key = rows.TextOrNull(5),
            Schedule = rows.TextOrNull(6),
            RetryOf = rows.IsDBNull(7) ? null : rows.JobId(7),
            CreatedAt = rows.Instant(8),
            Settings = rows.BlobOrNull(9),
            State = JobState.Queued,
        };
        return rows.GetBoolean(10) ? job with { Attempt = rows.GetInt32(11), Crashes = rows.GetInt16(12) }
            : !rows.IsDBNull(13) ? ReadWaiting(job, rows)
            : !rows.IsDBNull(18) ? ReadRunning(job, rows)
            : ReadEnded(job, rows);
    }

    private static Job ReadWaiting(Job job, NpgsqlDataReader rows) => job with
    {
        State = (JobState)rows.GetInt16(13),
        DueAt = rows.InstantOrNull(14),
        Attempt = rows.GetInt32(15),
        Crashes = rows.GetInt16(16),
        Blockers = rows.GetInt32(17),
    };

    private static Job ReadRunning(Job job, NpgsqlDataReader rows) => job with
    {
        State = JobState.Running,
        Token = rows.GetInt64(18),
        Node = rows.GetString(32),
        Attempt = rows.GetInt32(19),
        Crashes = rows.GetInt16(20),
        StartedAt = rows.Instant(21),
        IsCancelRequested = rows.GetBoolean(22),
        Progress = rows.IsDBNull(23) ? null : new Progress(rows.GetDouble(23),
            rows.IsDBNull(24) ? null : rows.GetDouble(24), rows.TextOrNull(25)),
    };

    private static Job ReadEnded(Job job, NpgsqlDataReader rows) => job with
    {
        State = (JobState)rows.GetInt16(26),
        Reason = (FailReason)rows.GetInt16(27),
        Attempt = rows.GetInt32(28),
        StartedAt = rows.GetInt64(29) == 0 ? null : rows.Instant(29),
        EndedAt = rows.Instant(30),
        Error = rows.TextOrNull(31),
        Node = rows.TextOrNull(32),
    };
}
