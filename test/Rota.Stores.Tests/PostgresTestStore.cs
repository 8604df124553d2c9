using Npgsql;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>A schema of its own on the test run's PostgreSQL server.</summary>
internal sealed class PostgresTestStore : TestStore
{
    private static readonly TimeSpan ListenTimeMax = TimeSpan.FromSeconds(60);

    private readonly string _url;
    private PostgresDatabase _database = null!; // both set before the store is handed out
    private PostgresJobs _jobs = null!;
    private bool _isClosed;

    private PostgresTestStore(string url) => _url = url;

    private static CancellationToken Stop => CancellationToken.None;

    public static async Task<PostgresTestStore> OpenAsync()
    {
        var store = new PostgresTestStore(await NewUrlAsync());
        await store.OpenDatabaseAsync();
        return store;
    }

    /// <summary>Address of a schema that is not there yet.</summary>
    public static async Task<string> NewUrlAsync() =>
        $"{await PostgresTestServer.UrlAsync()}?schema=test_{Guid.NewGuid():N}";

    /// <summary>Opens, and forgets the signals that a process gives itself when it begins to listen.</summary>
    private async Task OpenDatabaseAsync()
    {
        _database = await PostgresDatabase.OpenAsync(_url, Signals, Stop);
        _database.ReadSecondsMax = ReadSecondsMax;
        _jobs = new PostgresJobs(_database);
        await WhenAsync(() => _database.Wakeups.IsListening);
        foreach (var signal in new[] { Signals.Ready, Signals.Waiting, Signals.CancelRequested, Signals.Schedules })
            await signal.WaitAsync(TimeSpan.Zero, TimeProvider.System, Stop);
    }

    public PostgresDatabase Database => _database;

    public string Url => _url;

    /// <summary>Another process on the same database; each hears of the other.</summary>
    public async Task<PostgresDatabase> OpenAnotherAsync(StoreSignals? signals = null)
    {
        var another = await PostgresDatabase.OpenAsync(_url, signals ?? new StoreSignals(), Stop);
        await WhenAsync(() => another.Wakeups.IsListening && !_database.Lease.IsAlone);
        return another;
    }

    private static async Task WhenAsync(Func<bool> condition)
    {
        using var late = new CancellationTokenSource(ListenTimeMax);
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(1), late.Token);
    }

    public override StoreSignals Signals { get; } = new();

    public override IJobStore Jobs => _jobs;

    public override IFlowStore Flows => new PostgresFlows(_database);

    public override IAttemptStore Attempts => new PostgresAttempts(_database);

    public override IQueueStore Queues => new PostgresQueues(_database);

    public override INodeStore Nodes => new PostgresNodes(_database);

    public override IMemoryStore Memory => new PostgresMemory(_database);

    public override ISecretStore Secrets => new PostgresSecrets(_database);

    public override IScheduleStore Schedules => new PostgresSchedules(_database);

    public override IEventStore Events => new PostgresEvents(_database);

    public override IAccessStore Access => new PostgresAccess(_database);

    public override async Task ReopenAsync()
    {
        await _database.Lease.AbandonAsync();
        await _database.RunAsync("DELETE FROM rota.session WHERE id = $1", Stop, _database.Lease.Session);
        await _database.DisposeAsync();
        await OpenDatabaseAsync();
    }

    public override async Task CloseAsync()
    {
        await _database.DisposeAsync();
        _isClosed = true;
    }

    public override async Task OpenAgainAsync()
    {
        await OpenDatabaseAsync();
        _isClosed = false;
    }

    public override async Task<ICopyStore> OpenCopyAsync(bool isTarget) => isTarget
        ? await PostgresCopy.CreateAsync(_url, "the target", Stop)
        : (await PostgresCopy.FindAsync(_url, "the source", Stop))!;

    /// <summary>Runs one statement beside the store, which may be closed.</summary>
    /// <returns>How many rows it changed.</returns>
    public async Task<int> RunAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(PostgresUrl.Parse(_url).Connection);
        await using var command = source.CreateCommand(_database.Sql(sql));
        return await command.ExecuteNonQueryAsync(Stop);
    }

    /// <summary>The process stands still for so long that its lease is over; nothing of it was ended.</summary>
    public async Task SuspendAsync()
    {
        await _database.Lease.AbandonAsync();
        var session = _database.Lease.Session;
        await RunAsync($"UPDATE rota.session SET seen_at = seen_at - interval '1 hour' WHERE id = {session}");
    }

    /// <summary>The process goes on, and renews its lease.</summary>
    /// <returns>False: it has none any more.</returns>
    public async Task<bool> RenewAsync() => await RunAsync(
        $"UPDATE rota.session SET seen_at = clock_timestamp() WHERE id = {_database.Lease.Session}") > 0;

    /// <summary>Counters that differ from a count of the rows that they count.</summary>
    public async Task<IReadOnlyList<string>> MiscountsAsync() =>
        await _database.ListAsync("""
            SELECT route || ' ' || state || ': ' || sum(n)
            FROM (
                SELECT route, state, n FROM rota.counter
                UNION ALL SELECT route, state, n FROM rota.counter_step
                UNION ALL SELECT route, 2, -1 FROM rota.ready
                UNION ALL SELECT route, 3, -1 FROM rota.running
                UNION ALL SELECT route, state, -1 FROM rota.waiting
                UNION ALL SELECT route, state, -1 FROM rota.outcome
            ) AS step
            GROUP BY route, state
            HAVING sum(n) <> 0
            """, rows => rows.GetString(0), Stop);

    /// <summary>The columns of each table.</summary>
    public async Task<ILookup<string, string>> ColumnsAsync() =>
        (await _database.ListAsync("""
            SELECT table_name::text, column_name::text
            FROM information_schema.columns
            WHERE table_schema = $1
            """, rows => (Table: rows.GetString(0), Column: rows.GetString(1)), Stop, _database.Schema))
        .ToLookup(column => column.Table, column => column.Column);

    public override async Task<IReadOnlyDictionary<JobId, IReadOnlyList<string>>> PlacesAsync() =>
        (await _database.ListAsync("""
            SELECT job.id, array_remove(array_agg(place.name ORDER BY place.name), NULL)
            FROM rota.job
            LEFT JOIN (
                SELECT id, 'ready' AS name FROM rota.ready
                UNION ALL SELECT id, 'running' FROM rota.running
                UNION ALL SELECT id, 'waiting' FROM rota.waiting
                UNION ALL SELECT id, 'outcome' FROM rota.outcome
            ) AS place ON place.id = job.id
            GROUP BY job.id
            """, rows => (Id: rows.JobId(0), Places: rows.GetFieldValue<string[]>(1)), Stop))
        .ToDictionary(job => job.Id, job => (IReadOnlyList<string>)job.Places);

    public override async Task<IReadOnlyList<string>> OrphansAsync() =>
        await _database.ListAsync("""
            SELECT place.name || ' ' || place.id
            FROM (
                SELECT id, 'ready' AS name FROM rota.ready
                UNION ALL SELECT id, 'running' FROM rota.running
                UNION ALL SELECT id, 'waiting' FROM rota.waiting
                UNION ALL SELECT id, 'outcome' FROM rota.outcome
                UNION ALL SELECT id, 'outcome_error' FROM rota.outcome_error
                UNION ALL SELECT id, 'output' FROM rota.output
                UNION ALL SELECT id, 'attempt' FROM rota.attempt
                UNION ALL SELECT id, 'log' FROM rota.log
                UNION ALL SELECT id, 'job_tag' FROM rota.job_tag
                UNION ALL SELECT id, 'dependency' FROM rota.dependency
                UNION ALL SELECT id, 'job_edge' FROM rota.job_edge
            ) AS place
            WHERE NOT EXISTS (SELECT 1 FROM rota.job WHERE job.id = place.id)
            """, rows => rows.GetString(0), Stop);

    public override Task AddScheduleSecretsAsync(string schedule, string token) =>
        _database.RunAsync("""
            WITH due AS (
                INSERT INTO rota.schedule_due (name, version, updated_at, is_paused)
                VALUES ($1, 1, 0, false)
            )
            INSERT INTO rota.schedule (name, project, trigger, kind, args, secrets, created_at)
            VALUES ($1, 'default', '{}', 'test', '{}', $2, 0)
            """, Stop, schedule, token);

    public override Task DamageScheduleAsync(string schedule, string? trigger, string? options) =>
        _database.RunAsync("""
            UPDATE rota.schedule
            SET trigger = coalesce($2, trigger), options = coalesce(convert_to($3, 'UTF8'), options)
            WHERE name = $1
            """, Stop, schedule, trigger, options);

    public override async ValueTask DisposeAsync()
    {
        if (!_isClosed)
            await _database.DisposeAsync();
        await using var source = NpgsqlDataSource.Create(PostgresUrl.Parse(_url).Connection);
        await using var drop = source.CreateCommand($"DROP SCHEMA {_database.Schema} CASCADE");
        await drop.ExecuteNonQueryAsync(Stop);
    }
}
