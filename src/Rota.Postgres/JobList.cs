using System.Collections.Concurrent;
using System.Text;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statement of one list: newest id first, put together of constant fragments.</summary>
/// <remarks>
/// Where there is an index that ends in the id, it is walked backwards: <c>job</c> itself, <c>job_schedule</c>,
/// <c>job_project</c>, the keys of <c>job_tag</c>, <c>running</c> and <c>waiting</c>, and <c>outcome_unsuccessful</c>.
/// What narrows the list further is looked up for each row, and what failed in an index before its row is read.
/// <para>
/// The keys of <c>ready</c> (queue, priority, id) and <c>outcome</c> (route, id) give the newest ids only of each part.
/// The parts that hold jobs are known from the counters; there may be ten thousand. A few of the
/// newest ids of each, one probe of the index, say which parts can hold any of the N newest of all, and how old those
/// are at most. Only that much is then read of only those. Mostly not even that is needed: what is asked for fills a
/// page from among the newest jobs of all, or from the few parts whose newest id, as the counters remember it, is the
/// highest.
/// </para>
/// </remarks>
internal sealed class JobList
{
    // Of each part so many ids are looked at first that in all they are about ten pages: then ten parts are read in
    // one go, and of a thousand none is read far behind what is shown.
    private const int PagesLookedAt = 10;

    // The newest twenty pages of all jobs.
    private const string Near = """
        job.id >= (SELECT min(id) FROM (SELECT id FROM rota.job WHERE id < $1 ORDER BY id DESC LIMIT $2 * 20) AS near)
        """;

    // Statements are kept by identity.
    private static readonly ConcurrentDictionary<string, string> Statements = new(StringComparer.Ordinal);

    private readonly JobFilter _filter;
    private readonly List<object?> _values;
    private readonly string? _kind;
    private readonly string? _queue;
    private readonly string? _project;
    private readonly bool _isOwnProject; // job_project leaves the default one out
    private readonly string? _tag;
    private readonly string? _schedule;
    private readonly string? _search;
    private readonly string _from;

    private JobList(JobFilter filter, JobId? before, int limit)
    {
        // Only what failed has a reason.
        _filter = filter is { State: null, Reason: not (null or FailReason.None) }
            ? filter with { State = JobState.Failed } : filter;
        _values = [before?.Value ?? long.MaxValue, limit];
        (_kind, _queue, _project) = (Word(filter.Kind), Word(filter.Queue), Word(filter.Project));
        _isOwnProject = filter.Project is not (null or JobOptions.DefaultProject);
        (_tag, _schedule, _search) = (Value(filter.Tag), Value(filter.Schedule), Value(filter.Search));
        _from = filter.From is { } from ? Value(from.Value) : "0";
    }

    /// <summary>What to ask one after the other until an answer fills the page; the last one is right anyway.</summary>
    public static IEnumerable<Statement> Of(JobFilter filter, JobId? before, int limit)
    {
        var list = new JobList(filter, before, limit);
        string[] sql = list switch
        {
            { _filter.State: JobState.Running or JobState.Scheduled or JobState.Blocked or JobState.Retrying } =>
                [list.Merge()], // those are few, whatever else is asked for
            { IsWalked: true, _filter.State: JobState.Failed or JobState.Canceled } => [list.NearEnd(), list.Walk()],
            { IsWalked: true } => [list.Walk()],
            { _filter: { State: null, Kind: null, Queue: null } } => [list.Walk()],
            { MayBeNear: true, _filter.State: null } => [list.Walk(Near), list.Merge()],
            { MayBeNear: true } => [list.Ahead(), list.Merge()],
            _ => [list.Merge()],
        };
        return sql.Select(sql => new Statement(Statements.GetOrAdd(sql, sql), [.. list._values]));
    }

    // There is an index of them.
    private bool IsWalked => _tag is not null || _schedule is not null || _isOwnProject;

    // The other lists are short, have an index of their own, or are of one queue or one stretch.
    private bool MayBeNear =>
        _filter is { State: null or JobState.Queued or JobState.Succeeded, Queue: null, From: null };

    private string? Value(string? text) => text is null ? null : Value((object)text);

    private string Value(object value)
    {
        _values.Add(value);
        return $"${_values.Count}";
    }

    private string? Word(string? text) =>
        text is null ? null : $"(SELECT id FROM rota.word WHERE text = {Value(text)})";

    private static string And(IEnumerable<string?> conditions) =>
        string.Concat(conditions.Where(condition => condition is not null).Select(condition => $" AND {condition}"));

    /// <summary>Jobs of a tag, of a schedule, of a project, or all.</summary>
    private string Walk(string? near = null)
    {
        // A range in place of "equals", and both columns in the order, keep the planner from another index that ends
        // in the id too, and from filtering all jobs by it.
        var (from, where, order) = this switch
        {
            { _tag: not null } => ("rota.job_tag JOIN rota.job ON job.id = job_tag.id",
                $"(job_tag.tag, job_tag.id) >= ({_tag}, {_from}) AND (job_tag.tag, job_tag.id) < ({_tag}, $1)",
                "job_tag.tag DESC, job_tag.id DESC"),
            { _schedule: not null } => ("rota.job",
                $"job.schedule IS NOT NULL AND (job.schedule, job.id) >= ({_schedule}, {_from})"
                    + $" AND (job.schedule, job.id) < ({_schedule}, $1)",
                "job.schedule DESC, job.id DESC"),
            { _isOwnProject: true } => ("rota.job",
                $"job.project <> 1 AND (job.project, job.id) >= ({_project}, {_from})"
                    + $" AND (job.project, job.id) < ({_project}, $1)",
                "job.project DESC, job.id DESC"),
            _ => ("rota.job", $"job.id < $1 AND job.id >= {_from}", "job.id DESC"),
        };
        return $"""
            SELECT {JobReads.Columns}
            FROM {from}
            {JobReads.Places}
            WHERE {where}{And([
                near,
                _tag is null ? null : Of("job.schedule", _schedule),
                Of("route.kind", _kind),
                Of("route.queue", _queue),
                _isOwnProject && _tag is null && _schedule is null ? null : Of("job.project", _project),
                Stands(_tag is null ? "job" : "job_tag", isNear: near is not null),
                Contains("job", "outcome_error")])}
            ORDER BY {order}
            LIMIT $2
            """;
    }

    /// <summary>Looks up where a job of a walked list stands.</summary>
    /// <remarks>As a value that is asked for row by row: otherwise all that failed would be gone through, and looked up
    /// in the list. Of a list's jobs few have failed, so an index says which, before anything else of the others is
    /// read.</remarks>
    private string? Stands(string walked, bool isNear) => _filter switch
    {
        { State: null } => Reason("outcome"),
        { State: JobState.Queued } => "ready.id IS NOT NULL"
            + And([isNear ? null : $"{walked}.id >= ({FirstReady})", Reason("outcome")]),
        { State: JobState.Succeeded } => $"outcome.state = 5{And([Reason("outcome")])}",
        { State: { } state } => $"""
            (
                SELECT true
                FROM rota.outcome AS ended
                WHERE ended.state = {(int)state} AND ended.id = {walked}.id{And([Reason("ended")])}
            )
            """,
    };

    private string? Reason(string table) => _filter.Reason is { } reason ? $"{table}.reason = {(int)reason}" : null;

    // Ready jobs are new as a rule: further down there is nothing to look for.
    private const string FirstReady = """
        SELECT min(first.id)
        FROM (SELECT DISTINCT queue, priority FROM rota.route) AS lane
        CROSS JOIN LATERAL (
            SELECT ready.id
            FROM rota.ready
            WHERE ready.queue = lane.queue AND ready.priority = lane.priority
            ORDER BY ready.id
            LIMIT 1
        ) AS first
        """;

    /// <summary>Jobs of the places that the filter names, at most a page of each.</summary>
    private string Merge() => Page(string.Join(" UNION ALL ", Places()));

    /// <summary>Jobs of a tag, schedule or project among the newest forty pages that failed, or were canceled: where
    /// many are of it, walking over all of its jobs would find few of those.</summary>
    private string NearEnd() => Page(Place("outcome", $"""
        place.state = {(int)_filter.State!} AND place.id >= (
            SELECT min(id)
            FROM (
                SELECT id
                FROM rota.outcome
                WHERE state = {(int)_filter.State!} AND id < $1
                ORDER BY id DESC
                LIMIT $2 * 40
            ) AS near
        )
        """));

    private static string Page(string places) => $"""
        SELECT {JobReads.Columns}
        FROM (
            SELECT id
            FROM ({places}) AS place
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
            FROM {From(table, isSorted: _kind is not null || _queue is not null)}
            WHERE place.id < $1 AND place.id >= {_from}{And([
                where, Of("sort.kind", _kind), Of("sort.queue", _queue), Narrow(table)])}
            ORDER BY place.id DESC
            LIMIT $2
        )
        """;

    private static string? Of(string column, string? value) => value is null ? null : $"{column} = {value}";

    private string Ended(string states, string? where) =>
        Newest("outcome", ["route"], where,
            IsOfRoutes ? $"SELECT id AS route {OwnRoutes(states)}" : BusyRoutes(states));

    // Each route is looked up by its key: ten thousand of both must not be compared with each other.
    private string Ready() => Newest("ready", ["queue", "priority"], Of("sort.kind", _kind), IsOfRoutes
        ? $"SELECT DISTINCT queue, priority {OwnRoutes("2")}"
        : $"""
        SELECT DISTINCT route.queue, route.priority
        FROM ({BusyRoutes("2")}) AS busy
        CROSS JOIN LATERAL (SELECT * FROM rota.route WHERE id = busy.route LIMIT 1) AS route
        """);

    private bool IsOfRoutes => _queue is not null || _kind is not null;

    /// <summary>The routes that the filter names and that may hold jobs in one of these states: few of ten thousand, so
    /// each is looked up in the counters.</summary>
    private string OwnRoutes(string states) => $"""
        FROM rota.route
        WHERE true{And([Of("queue", _queue), Of("kind", _kind)])}
            AND ((SELECT true FROM rota.counter WHERE route = route.id AND state IN ({states}) AND n > 0 LIMIT 1)
                OR id IN (SELECT route FROM rota.counter_step WHERE state IN ({states}) AND n > 0))
        """;

    /// <summary>The routes that may hold jobs in one of these states.</summary>
    private static string BusyRoutes(string states) => $"""
        SELECT route
        FROM rota.counter
        WHERE n > 0 AND state IN ({states})
        UNION
        SELECT route
        FROM rota.counter_step
        WHERE n > 0 AND state IN ({states})
        """;

    /// <summary>Queued or succeeded jobs of the routes whose newest id is the highest: what is newer than the newest of
    /// the next route cannot be anywhere else.</summary>
    /// <remarks>IN within IS TRUE is answered by a hash table; by itself it would be a join, and those are planned as
    /// loops: ten thousand routes of a kind would be compared with as many counters.</remarks>
    private string Ahead()
    {
        var (state, columns, ofPart) = _filter.State == JobState.Queued
            ? (2, "route.queue, route.priority", OfPart("ready", ["queue", "priority"], Of("sort.kind", _kind)))
            : (5, "route.id AS route", OfPart("outcome", ["route"], "place.state = 5"));
        var ofKind = _kind is null ? ""
            : $"WHERE (route IN (SELECT id FROM rota.route WHERE kind = {_kind})) IS TRUE";
        return Page($"""
            (
                WITH ahead AS MATERIALIZED (
                    SELECT route, least(max(newest), $1 - 1) AS newest
                    FROM (
                        SELECT route, n, newest
                        FROM rota.counter
                        WHERE state = {state}
                        UNION ALL
                        SELECT route, n, newest
                        FROM rota.counter_step
                        WHERE state = {state}
                    ) AS count
                    {ofKind}
                    GROUP BY route
                    HAVING sum(n) > 0
                    ORDER BY newest DESC
                    LIMIT $2 * 2 + 1
                )
                SELECT newest.id
                FROM (SELECT DISTINCT {columns} FROM ahead JOIN rota.route ON route.id = ahead.route) AS part
                CROSS JOIN LATERAL (
                    SELECT place.id
                    {ofPart} AND place.id > (SELECT CASE WHEN count(*) > $2 * 2 THEN min(newest) ELSE 0 END FROM ahead)
                    ORDER BY place.id DESC
                    LIMIT $2
                ) AS newest
            )
            """);
    }

    /// <summary>The newest ids of a table that is read part by part.</summary>
    /// <param name="key">The columns of its key before the id: each of their values is a part.</param>
    /// <param name="parts">The parts that may hold any.</param>
    private string Newest(string table, string[] key, string? where, string parts)
    {
        var columns = string.Join(", ", key);
        var ofPart = OfPart(table, key, where);
        return $"""
            (
                WITH part AS MATERIALIZED (
                    {parts}
                ), front AS MATERIALIZED (
                    SELECT part.*, newest.id
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
                FROM (SELECT DISTINCT {columns} FROM front) AS part
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

    private string OfPart(string table, string[] key, string? where) => $"""
        FROM {From(table, isSorted: where?.StartsWith("sort.", StringComparison.Ordinal) == true)}
        WHERE {string.Join(" AND ", key.Select(column => $"place.{column} = part.{column}"))} AND place.id < $1
        AND place.id >= {_from}{And([where, Narrow(table)])}
        """;

    private string From(string table, bool isSorted)
    {
        var from = new StringBuilder($"rota.{table} AS place");
        if (isSorted)
            from.Append(" JOIN rota.route AS sort ON sort.id = place.route");
        if (_project is not null || _schedule is not null || _search is not null)
            from.Append(" JOIN rota.job AS own ON own.id = place.id");
        if (_search is not null)
            from.Append(" LEFT JOIN rota.outcome_error AS error ON error.id = place.id");
        return from.ToString();
    }

    private string? Narrow(string table)
    {
        string?[] conditions =
        [
            _tag is null ? null : $"(SELECT true FROM rota.job_tag WHERE tag = {_tag} AND job_tag.id = place.id)",
            Of("own.project", _project),
            _schedule is null ? null : $"(SELECT own.schedule = {_schedule})", // no index: the place is walked
            _filter.Reason is not { } reason ? null : table == "outcome" ? $"place.reason = {(int)reason}" : "false",
            Contains("own", "error"),
        ];
        var narrow = And(conditions);
        return narrow.Length == 0 ? null : narrow[" AND ".Length..];
    }

    private string? Contains(string job, string error) => _search is null ? null
        : $"(position(convert_to({_search}, 'UTF8') IN {job}.args) > 0 OR position({_search} IN {job}.key) > 0"
            + $" OR position({_search} IN {error}.text) > 0)";
}
