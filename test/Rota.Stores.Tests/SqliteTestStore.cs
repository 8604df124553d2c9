using Rota.Sqlite;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>A SQLite file in a temporary folder of its own.</summary>
internal sealed class SqliteTestStore : TestStore
{
    private readonly TempFolder _folder = new();
    private readonly string _path;
    private SqliteDatabase _database;

    private SqliteTestStore()
    {
        _path = _folder.File("rota.db");
        _database = Open();
    }

    private SqliteDatabase Open() =>
        new(_path, Signals) { Readers = { ReadTimeMax = TimeSpan.FromSeconds(ReadSecondsMax) } };

    public static Task<TestStore> OpenAsync() => Task.FromResult<TestStore>(new SqliteTestStore());

    public SqliteDatabase Database => _database;

    public override StoreSignals Signals { get; } = new();

    public override IJobStore Jobs => new SqliteJobs(_database.Writer, _database.Readers);

    public override IFlowStore Flows => new SqliteFlows(_database.Readers);

    public override IAttemptStore Attempts => new SqliteAttempts(_database.Writer, _database.Readers);

    public override IQueueStore Queues => new SqliteQueues(_database.Writer, _database.Readers);

    public override INodeStore Nodes => new SqliteNodes(_database.Writer, _database.Readers);

    public override IMemoryStore Memory => new SqliteMemory(_database.Writer, _database.Readers);

    public override ISecretStore Secrets => new SqliteSecrets(_database.Writer, _database.Readers);

    public override IScheduleStore Schedules => new SqliteSchedules(_database.Writer, _database.Readers);

    public override IEventStore Events => new SqliteEvents(_database.Writer, _database.Readers);

    public override IAccessStore Access => new SqliteAccess(_database.Writer, _database.Readers);

    public override Task ReopenAsync()
    {
        _database.Dispose();
        return OpenAgainAsync();
    }

    public override Task CloseAsync()
    {
        _database.Dispose();
        return Task.CompletedTask;
    }

    public override Task OpenAgainAsync()
    {
        _database = Open();
        return Task.CompletedTask;
    }

    public override Task<ICopyStore> OpenCopyAsync(bool isTarget) =>
        Task.FromResult<ICopyStore>(isTarget ? SqliteCopy.Create(_path) : SqliteCopy.Find(_path)!);

    /// <summary>The columns of each table.</summary>
    public ILookup<string, string> Columns()
    {
        var found = new List<(string Table, string Column)>();
        using var db = new SqliteConnection(_path, readOnly: true);
        using var rows = db.Query("""
            SELECT m.name, c.name
            FROM sqlite_schema AS m, pragma_table_info(m.name) AS c
            WHERE m.type = 'table'
            """);
        while (rows.Next())
            found.Add((rows.Text(0), rows.Text(1)));
        return found.ToLookup(column => column.Table, column => column.Column);
    }

    /// <summary>Changes the closed database in a way that no store would.</summary>
    public void Run(string sql)
    {
        using var db = new SqliteConnection(_path, readOnly: false);
        db.Execute(sql);
    }

    public override Task<IReadOnlyDictionary<JobId, IReadOnlyList<string>>> PlacesAsync()
    {
        var places = new Dictionary<JobId, IReadOnlyList<string>>();
        using var db = new SqliteConnection(_path, readOnly: true);
        using var rows = db.Query("""
            SELECT job.id, place.name
            FROM job
            LEFT JOIN (
                SELECT id, 'ready' AS name FROM ready
                UNION ALL SELECT id, 'running' FROM running
                UNION ALL SELECT id, 'waiting' FROM waiting
                UNION ALL SELECT id, 'outcome' FROM outcome
            ) AS place ON place.id = job.id
            ORDER BY job.id, place.name
            """);
        while (rows.Next())
        {
            var id = rows.JobId(0);
            var before = places.GetValueOrDefault(id, []);
            places[id] = rows.IsNull(1) ? before : [.. before, rows.Text(1)];
        }
        return Task.FromResult<IReadOnlyDictionary<JobId, IReadOnlyList<string>>>(places);
    }

    public override Task<IReadOnlyList<string>> OrphansAsync()
    {
        var orphans = new List<string>();
        using var db = new SqliteConnection(_path, readOnly: true);
        foreach (var table in new[] { "ready", "running", "waiting", "outcome", "output", "attempt", "log", "job_tag",
            "dependency", "job_edge" })
        {
            using var rows = db.Query($"SELECT id FROM {table} WHERE id NOT IN (SELECT id FROM job)");
            while (rows.Next())
                orphans.Add($"{table} {rows.Int64(0)}");
        }
        return Task.FromResult<IReadOnlyList<string>>(orphans);
    }

    public override Task AddScheduleSecretsAsync(string schedule, string token)
    {
        using var db = new SqliteConnection(_path, readOnly: false);
        db.Run("""
            INSERT INTO schedule (name, project, trigger, kind, args, secrets, created_at)
            VALUES (?1, 'default', '{}', 'test', x'7b7d', ?2, 0)
            """, schedule, token);
        db.Run("INSERT INTO schedule_due (name, version, updated_at, paused) VALUES (?1, 1, 0, 0)", schedule);
        return Task.CompletedTask;
    }

    public override Task DamageScheduleAsync(string schedule, string? trigger, string? options)
    {
        using var db = new SqliteConnection(_path, readOnly: false);
        db.Run("""
            UPDATE schedule
            SET trigger = coalesce(?2, trigger), options = coalesce(CAST(?3 AS BLOB), options)
            WHERE name = ?1
            """, schedule, trigger, options);
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _database.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
