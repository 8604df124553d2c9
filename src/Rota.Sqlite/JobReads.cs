using Rota.Jobs;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>The statements that read jobs. A job's state is the one of the four tables that holds its row.</summary>
internal static class JobReads
{
    // Of the ids in a block of index job_schedule, as its expression has it.
    private const int BlockBits = 12;

    // The columns of every job query, in the order in which Read takes them. The columns of a place that the job
    // does not stand in are null.
    private const string Columns = """
        job.id, job.kind, job.queue, job.project, job.priority, job.key, job.schedule, job.retry_of, job.created_at,
        ready.id, ready.attempt, ready.crashes,
        waiting.state, waiting.due_at, waiting.attempt, waiting.crashes, waiting.blockers,
        running.token, running.node, running.attempt, running.crashes, running.started_at,
        running.cancel_reason IS NOT NULL, running.progress_done, running.progress_total, running.progress_text,
        outcome.state, outcome.reason, outcome.attempt, outcome.node, outcome.started_at, outcome.ended_at,
        outcome.error, job.settings
        """;

    private const string Places = """
        LEFT JOIN ready ON ready.queue = job.queue AND ready.priority = job.priority AND ready.id = job.id
        LEFT JOIN waiting ON waiting.id = job.id
        LEFT JOIN running ON running.id = job.id
        LEFT JOIN outcome ON outcome.id = job.id
        """;

    private const string FindOne = $"""
        SELECT {Columns}
        FROM job
        {Places}
        WHERE job.id = ?1
        """;

    /// <summary>A job as it stands, without arguments, output, tags and dependencies; null when it is not
    /// there.</summary>
    public static Job? FindAsked(SqliteConnection db, JobId id)
    {
        using var rows = db.Query(FindOne, id);
        return rows.Next() ? Read(rows) : null;
    }

    /// <summary>A job with everything, or null.</summary>
    public static Job? Find(SqliteConnection db, JobId id)
    {
        if (FindAsked(db, id) is not { } job)
            return null;
        using (var rows = db.Query("SELECT args FROM job WHERE id = ?1", id))
        {
            if (!rows.Next())
                return null;
            job = job with { Args = rows.Blob(0) };
        }
        using (var rows = db.Query("SELECT json FROM output WHERE id = ?1", id))
        {
            if (rows.Next())
                job = job with { Output = rows.Blob(0) };
        }
        return job with
        {
            Tags = Texts(db.Query("SELECT tag FROM job_tag WHERE id = ?1 ORDER BY tag", id)),
            DependsOn = Ids(db.Query("SELECT on_id FROM dependency WHERE id = ?1 ORDER BY on_id", id)),
            Progress = job.State == JobState.Blocked ? ProgressOfBlocked(db, job) : job.Progress,
            Error = job.Error ?? LastError(db, id),
        };
    }

    private static Progress ProgressOfBlocked(SqliteConnection db, Job job)
    {
        using var rows = db.Query("SELECT count(*) FROM job_edge WHERE id = ?1", job.Id);
        var total = rows.Next() ? rows.Int32(0) : 0;
        return new Progress(total - job.Blockers, total, Text: null);
    }

    private static string? LastError(SqliteConnection db, JobId id)
    {
        using var rows = db.Query("""
            SELECT error_message
            FROM attempt
            WHERE id = ?1 AND error_message IS NOT NULL
            ORDER BY token DESC
            LIMIT 1
            """, id);
        return rows.Next() ? rows.Text(0) : null;
    }

    private static List<string> Texts(Rows rows)
    {
        using var open = rows;
        var texts = new List<string>();
        while (open.Next())
            texts.Add(open.Text(0));
        return texts;
    }

    private static List<JobId> Ids(Rows rows)
    {
        using var open = rows;
        var ids = new List<JobId>();
        while (open.Next())
            ids.Add(open.JobId(0));
        return ids;
    }

    private static readonly Dictionary<string, string> Queries = [];

    /// <summary>One list query: the place that the filter names (or job itself) leads, constant fragments narrow
    /// it.</summary>
    public static List<Job> List(SqliteConnection db, JobFilter filter, JobId? before, int limit)
    {
        var found = new List<Job>();
        var (below, from) = (before?.Value ?? long.MaxValue, filter.From?.Value ?? 0);
        foreach (var block in IsByBlock(filter) ? Blocks(db, below - 1, from) : [null])
        {
            using var rows = db.Query(ListQuery(filter), below, limit - found.Count, filter.Kind, filter.Queue,
                filter.Tag, filter.Schedule, filter.Project, (int?)filter.Reason, (int?)filter.State, filter.Search,
                block, from);
            while (rows.Next())
                found.Add(Read(rows));
            if (found.Count == limit)
                break;
        }
        return found;
    }

    // What index job_schedule is needed for, which holds the jobs of schedules by blocks of ids.
    private static bool IsByBlock(JobFilter filter) => filter.Schedule is not null && Lead(filter).Lead == "job";

    /// <summary>The blocks from one id down to another in which there are jobs of schedules.</summary>
    private static IEnumerable<long?> Blocks(SqliteConnection db, long first, long last)
    {
        var least = last >> BlockBits;
        for (var next = BlockUpTo(db, first >> BlockBits); next >= least; next = BlockUpTo(db, next.Value - 1))
            yield return next;
    }

    private static long? BlockUpTo(SqliteConnection db, long most)
    {
        using var rows = db.Query("""
            SELECT id >> 12
            FROM job INDEXED BY job_schedule
            WHERE schedule IS NOT NULL AND id >> 12 <= ?1
            ORDER BY id >> 12 DESC
            LIMIT 1
            """, most);
        return rows.Next() ? rows.Int64(0) : null;
    }

    private static string ListQuery(JobFilter filter)
    {
        var (lead, place) = Lead(filter);
        List<string> where = [$"{lead}.id < ?1", $"{lead}.id >= ?12"];
        if (IsByBlock(filter))
            where.Add("job.id >> 12 = ?11");
        if (filter.State is not null)
            where.Add(place);
        if (filter.Kind is not null)
            where.Add(lead == "outcome" ? "outcome.kind = ?3" : "job.kind = ?3");
        if (filter.Queue is not null)
            where.Add("job.queue = ?4");
        if (filter.Tag is not null)
            where.Add(lead == "job_tag" ? "job_tag.tag = ?5" : "job.id IN (SELECT id FROM job_tag WHERE tag = ?5)");
        if (filter.Schedule is not null)
            where.Add("job.schedule = ?6");
        if (filter.Project is not null)
            where.Add("job.project = ?7");
        if (filter.Reason is not null)
            where.Add("outcome.reason = ?8");
        if (filter.Search is not null)
            where.Add("(instr(job.args, CAST(?10 AS BLOB)) OR instr(job.key, ?10) OR instr(outcome.error, ?10))");
        return Literal($"""
            SELECT {Columns}
            FROM {From(IsByBlock(filter) ? "job INDEXED BY job_schedule" : lead)}
            WHERE {string.Join(" AND ", where)}
            ORDER BY {lead}.id DESC
            LIMIT ?2
            """);
    }

    private static (string Lead, string Place) Lead(JobFilter filter) => filter.State switch
    {
        JobState.Queued => ("ready", "TRUE"),
        JobState.Running => ("running", "TRUE"),
        JobState.Scheduled or JobState.Blocked or JobState.Retrying => ("waiting", "waiting.state = ?9"),
        JobState.Succeeded => ("outcome", "outcome.state = ?9"),
        JobState.Failed or JobState.Canceled => ("outcome", "outcome.state = ?9 AND outcome.state <> 5"),
        _ when filter.Tag is not null => ("job_tag", "TRUE"),
        _ => ("job", "TRUE"),
    };

    private static string From(string lead) => lead switch
    {
        "job" or "job INDEXED BY job_schedule" => $"{lead} {Places}",
        "job_tag" => $"job_tag CROSS JOIN job ON job.id = job_tag.id {Places}",
        _ => $"{lead} CROSS JOIN job ON job.id = {lead}.id "
            + string.Join('\n', Places.Split('\n')
                .Where(line => !line.StartsWith($"LEFT JOIN {lead} ", StringComparison.Ordinal))),
    };

    /// <summary>One string object per text: statements are kept by identity.</summary>
    private static string Literal(string sql)
    {
        lock (Queries)
            return Queries.TryGetValue(sql, out var known) ? known : Queries[sql] = sql;
    }

    private static Job Read(in Rows rows)
    {
        var job = new Job
        {
            Id = rows.JobId(0),
            Kind = rows.Text(1),
            Queue = rows.Text(2),
            Project = rows.Text(3),
            Priority = rows.Int32(4),
            Key = rows.TextOrNull(5),
            Schedule = rows.TextOrNull(6),
            RetryOf = rows.Int64OrNull(7) is { } of ? new JobId(of) : null,
            CreatedAt = rows.Instant(8),
            State = JobState.Queued,
            Settings = rows.BlobOrNull(33),
        };
        return !rows.IsNull(9) ? job with { Attempt = rows.Int32(10), Crashes = rows.Int32(11) }
            : !rows.IsNull(12) ? ReadWaiting(job, rows)
            : !rows.IsNull(17) ? ReadRunning(job, rows)
            : ReadEnded(job, rows);
    }

    private static Job ReadWaiting(Job job, in Rows rows) => job with
    {
        State = (JobState)rows.Int32(12),
        DueAt = rows.InstantOrNull(13),
        Attempt = rows.Int32(14),
        Crashes = rows.Int32(15),
        Blockers = rows.Int32(16),
    };

    private static Job ReadRunning(Job job, in Rows rows) => job with
    {
        State = JobState.Running,
        Token = rows.Int64(17),
        Node = rows.Text(18),
        Attempt = rows.Int32(19),
        Crashes = rows.Int32(20),
        StartedAt = rows.Instant(21),
        IsCancelRequested = rows.Bool(22),
        Progress = rows.IsNull(23) ? null : new Progress(rows.Double(23), rows.DoubleOrNull(24), rows.TextOrNull(25)),
    };

    private static Job ReadEnded(Job job, in Rows rows) => job with
    {
        State = (JobState)rows.Int32(26),
        Reason = (FailReason)rows.Int32(27),
        Attempt = rows.Int32(28),
        Node = rows.TextOrNull(29),
        StartedAt = rows.InstantOrNull(30),
        EndedAt = rows.Instant(31),
        Error = rows.TextOrNull(32),
    };

    public static List<JobCount> Count(SqliteConnection db)
    {
        var counts = new List<JobCount>();
        using var rows = db.Query("""
            SELECT queue, kind, state, n
            FROM counter
            WHERE n > 0
            ORDER BY queue, kind, state
            """);
        while (rows.Next())
            counts.Add(new JobCount(rows.Text(0), rows.Text(1), (JobState)rows.Int32(2), rows.Int64(3)));
        return counts;
    }
}
