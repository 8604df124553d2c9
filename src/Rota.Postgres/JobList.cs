using System.Collections.Concurrent;
using System.Text;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statement of one list: newest id first, put together of constant fragments.</summary>
/// <remarks>
/// Where there is an index that ends in the id, it is walked backwards: <c>job</c> itself, <c>job_schedule</c>, the
/// keys of <c>job_tag</c>, <c>running</c> and <c>waiting</c>, and <c>outcome_unsuccessful</c>. What narrows the list
/// further is looked up for each row.
/// <para>
/// The keys of <c>ready</c> (queue, priority, id) and <c>outcome</c> (queue, kind, id) give each part's newest ids only.
/// The parts that hold jobs are known from the counters and the lanes; there may be ten thousand. A few of the newest
/// ids of each, one probe of the index, say which parts can hold any of the N newest of all, and how old those are at
/// most. Only that much is then read of only those.
/// </para>
/// </remarks>
internal sealed class JobList
{
    // Of each part so many ids are looked at first that in all they are about ten pages: then ten parts are read in
    // one go, and of a thousand none is read far behind what is shown.
    private const int PagesLookedAt = 10;

    // Statements are kept by identity.
    private static readonly ConcurrentDictionary<string, string> Statements = new(StringComparer.Ordinal);

    private readonly JobFilter _filter;
    private readonly List<object?> _values;
    private readonly string? _kind;
    private readonly string? _queue;
    private readonly string? _project;

    private JobList(JobFilter filter, JobId? before, int limit)
    {
        // Only what failed has a reason.
        _filter = filter is { State: null, Reason: not (null or FailReason.None) }
            ? filter with { State = JobState.Failed } : filter;
        _values = [before?.Value ?? long.MaxValue, limit];
        _kind = Word(filter.Kind);
        _queue = Word(filter.Queue);
        _project = Word(filter.Project);
    }

    public static Statement Of(JobFilter filter, JobId? before, int limit)
    {
        var list = new JobList(filter, before, limit);
        var sql = list.IsWalk ? list.Walk() : list.Merge();
        return new Statement(Statements.GetOrAdd(sql, sql), [.. list._values]);
    }

    private bool IsWalk => _filter.Tag is not null || _filter.Schedule is not null
        || _filter is { State: null, Kind: null, Queue: null };

    private string Value(object value)
    {
        _values.Add(value);
        return $"${_values.Count}";
    }

    private string? Word(string? text) =>
        text is null ? null : $"(SELECT id FROM rota.word WHERE text = {Value(text)})";

    private static string And(IEnumerable<string?> conditions) =>
        string.Concat(conditions.Where(condition => condition is not null).Select(condition => $" AND {condition}"));

    /// <summary>Jobs of a tag, of a schedule, or all.</summary>
    private string Walk()
    {
        var (lead, from) = _filter.Tag is null ? ("job", "rota.job")
            : ("job_tag", "rota.job_tag JOIN rota.job ON job.id = job_tag.id");
        return $"""
            SELECT {JobReads.Columns}
            FROM {from}
            {JobReads.Places}
            WHERE {lead}.id < $1{And([
                _filter.Tag is { } tag ? $"job_tag.tag = {Value(tag)}" : null,
                _filter.Schedule is { } schedule ? $"job.schedule = {Value(schedule)}" : null,
                _kind is null ? null : $"job.kind = {_kind}",
                _queue is null ? null : $"job.queue = {_queue}",
                _project is null ? null : $"job.project = {_project}",
                _filter.State is { } state ? Stands(state) : null,
                _filter.Reason is { } reason ? $"outcome.reason = {(int)reason}" : null,
                Contains("job", "outcome_error")])}
            ORDER BY {lead}.id DESC
            LIMIT $2
            """;
    }

    private static string Stands(JobState state) => state switch
    {
        JobState.Queued => "ready.id IS NOT NULL",
        JobState.Running => "running.id IS NOT NULL",
        JobState.Scheduled or JobState.Blocked or JobState.Retrying => $"waiting.state = {(int)state}",
        _ => $"outcome.state = {(int)state}",
    };

    /// <summary>Jobs of the places that the filter names, at most a page of each.</summary>
    private string Merge() => $"""
        SELECT {JobReads.Columns}
        FROM (
            SELECT id
            FROM ({string.Join(" UNION ALL ", Places())}) AS place
            ORDER BY id DESC
            LIMIT $2
        ) AS found
        JOIN rota.job ON job.id = found.id
        {JobReads.Places}
        ORDER BY found.id DESC
        """;

    private IEnumerable<string> Places() => _filter.State switch
    {
        null => [Ended("5, 6, 7", null), Ready(), Place("running", null), Place("waiting", null)],
        JobState.Queued => [Ready()],
        JobState.Running => [Place("running", null)],
        JobState.Succeeded => [Ended("5", "place.state = 5")],
        JobState.Failed => [Place("outcome", "place.state = 6")],
        JobState.Canceled => [Place("outcome", "place.state = 7")],
        { } waiting => [Place("waiting", $"place.state = {(int)waiting}")],
    };

    private string Place(string table, string? where) => $"""
        (
            SELECT place.id
            FROM {From(table)}
            WHERE place.id < $1{And([where, Of("place.kind", _kind), Of("place.queue", _queue), Narrow(table)])}
            ORDER BY place.id DESC
            LIMIT $2
        )
        """;

    private static string? Of(string column, string? value) => value is null ? null : $"{column} = {value}";

    private string Ended(string states, string? where) => Newest("outcome", "kind", where, $"""
        SELECT queue, kind
        FROM rota.counter
        WHERE n > 0 AND state IN ({states}){And([Of("queue", _queue), Of("kind", _kind)])}
        UNION
        SELECT queue, kind
        FROM rota.counter_step
        WHERE n > 0 AND state IN ({states}){And([Of("queue", _queue), Of("kind", _kind)])}
        """);

    private string Ready() => Newest("ready", "priority", Of("place.kind", _kind), $"""
        SELECT lane.queue, lane.priority
        FROM (
            SELECT queue
            FROM rota.counter
            WHERE n > 0 AND state = 2{And([Of("queue", _queue), Of("kind", _kind)])}
            UNION
            SELECT queue
            FROM rota.counter_step
            WHERE n > 0 AND state = 2{And([Of("queue", _queue), Of("kind", _kind)])}
        ) AS busy
        JOIN rota.lane ON lane.queue = busy.queue
        """);

    /// <summary>The newest ids of a table that is read part by part.</summary>
    /// <param name="second">The part's second column; the first one is the queue.</param>
    /// <param name="parts">The parts that may hold any.</param>
    private string Newest(string table, string second, string? where, string parts)
    {
        var ofPart = $"""
            FROM {From(table)}
            WHERE place.queue = part.queue AND place.{second} = part.{second} AND place.id < $1
            {And([where, Narrow(table)])}
            """;
        return $"""
            (
                WITH part AS MATERIALIZED (
                    {parts}
                ), front AS MATERIALIZED (
                    SELECT part.queue, part.{second}, newest.id
                    FROM part
                    CROSS JOIN LATERAL (
                        SELECT place.id
                        {ofPart}
                        ORDER BY place.id DESC
                        LIMIT 1 + $2 * {PagesLookedAt} / (SELECT greatest(count(*), 1) FROM part)
                    ) AS newest
                    ORDER BY newest.id DESC
                    LIMIT $2
                )
                SELECT newest.id
                FROM (SELECT DISTINCT queue, {second} FROM front) AS part
                CROSS JOIN LATERAL (
                    SELECT place.id
                    {ofPart} AND place.id >= (SELECT CASE WHEN count(*) < $2 THEN 0 ELSE min(id) END FROM front)
                    ORDER BY place.id DESC
                    LIMIT $2
                ) AS newest
                ORDER BY newest.id DESC
                LIMIT $2
            )
            """;
    }

    private string From(string table)
    {
        var from = new StringBuilder($"rota.{table} AS place");
        if (_project is not null || _filter.Search is not null)
            from.Append(" JOIN rota.job AS own ON own.id = place.id");
        if (_filter.Search is not null)
            from.Append(" LEFT JOIN rota.outcome_error AS error ON error.id = place.id");
        return from.ToString();
    }

    private string? Narrow(string table)
    {
        string?[] conditions =
        [
            Of("own.project", _project),
            _filter.Reason is not { } reason ? null : table == "outcome" ? $"place.reason = {(int)reason}" : "false",
            Contains("own", "error"),
        ];
        var narrow = And(conditions);
        return narrow.Length == 0 ? null : narrow[" AND ".Length..];
    }

    private string? Contains(string job, string error)
    {
        if (_filter.Search is not { } search)
            return null;
        var text = Value(search);
        return $"(position(convert_to({text}, 'UTF8') IN {job}.args) > 0 OR position({text} IN {job}.key) > 0"
            + $" OR position({text} IN {error}.text) > 0)";
    }
}
