using System.Collections.Concurrent;
using Npgsql;
using Rota.Jobs;

namespace Rota.Postgres;

/// <summary>What a job shares with many others: its kind, and the lane in which it waits.</summary>
internal sealed record Route(int Number, string Kind, string Queue, Lane Lane);

/// <summary>The routes that this process met. A route is never changed.</summary>
internal sealed class Routes(PostgresDatabase database)
{
    private readonly ConcurrentDictionary<(string Kind, string Queue, int Priority), Route> _byName = new();
    private readonly ConcurrentDictionary<int, Route> _byNumber = new();
    private Route[] _inOrder = [];

    private const string Columns = """
        SELECT route.id, kind.text, queue.text, route.queue, route.priority
        FROM rota.route
        JOIN rota.word AS kind ON kind.id = route.kind
        JOIN rota.word AS queue ON queue.id = route.queue
        """;

    private const string ByName = $"{Columns} WHERE route.queue = $1 AND route.kind = $2 AND route.priority = $3";
    private const string ByNumber = $"{Columns} WHERE route.id = ANY ($1)";

    /// <summary>A route that <see cref="LoadAsync"/> has met.</summary>
    public Route Of(int number) => _byNumber[number];

    /// <summary>The route of a job that <see cref="AddAsync"/> has met.</summary>
    public Route Of(JobTemplate template) => _byName[(template.Kind, template.Queue, template.Priority)];

    /// <summary>All that were met, by queue and kind; sorted only when one is new, as there may be tens of thousands.
    /// </summary>
    public Route[] InOrder()
    {
        var known = Volatile.Read(ref _inOrder);
        if (known.Length == _byNumber.Count)
            return known;
        known = [.. _byNumber.Values
            .OrderBy(route => route.Queue, StringComparer.Ordinal).ThenBy(route => route.Kind, StringComparer.Ordinal)];
        Volatile.Write(ref _inOrder, known);
        return known;
    }

    /// <summary>Makes sure that a route has a number, in a commit of its own: a number must outlive the transaction
    /// that asks for it.</summary>
    public async ValueTask<Route> AddAsync(string kind, string queue, int priority, CancellationToken stop)
    {
        if (_byName.TryGetValue((kind, queue, priority), out var known))
            return known;
        var (kindNumber, queueNumber) =
            (await database.Words.AddAsync(kind, stop), await database.Words.AddAsync(queue, stop));
        object?[] values = [queueNumber, kindNumber, (short)priority];
        await database.RunAsync(
            "INSERT INTO rota.route (queue, kind, priority) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", stop, values);
        Keep(await database.ListAsync(ByName, Read, stop, values));
        var route = _byName[(kind, queue, priority)];
        database.Lanes.Add(route.Lane);
        return route;
    }

    /// <summary>Makes sure that these numbers are known.</summary>
    public async Task LoadAsync(IEnumerable<int> numbers, CancellationToken stop)
    {
        var unknown = numbers.Where(number => !_byNumber.ContainsKey(number)).Distinct().ToArray();
        if (unknown.Length > 0)
            Keep(await database.ListAsync(ByNumber, Read, stop, unknown));
    }

    private static Route Read(NpgsqlDataReader rows) => new(rows.GetInt32(0), rows.GetString(1), rows.GetString(2),
        new Lane(rows.GetInt32(3), rows.GetInt16(4)));

    private void Keep(List<Route> routes)
    {
        foreach (var route in routes)
        {
            _byNumber[route.Number] = route;
            _byName[(route.Kind, route.Queue, route.Lane.Priority)] = route;
        }
    }
}
