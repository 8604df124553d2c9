using System.Diagnostics;
using Npgsql;
using Rota.Postgres;

namespace Rota.Bench;

/// <summary>Where a fault happens: a PostgreSQL server of its own, worker processes, producers, their files.</summary>
internal sealed class FaultField : IAsyncDisposable
{
    private const string ServerSettings = "-c shared_buffers=128MB";
    private const string WorkerRefused = "The store cannot";
    private const int WorkersAtStart = 3;
    private static readonly TimeSpan RestLimit = TimeSpan.FromMinutes(3), RecoveryMax = TimeSpan.FromMinutes(1);

    // Of each caller between two calls: a quick run stands beside others.
    private static readonly TimeSpan QuickRest = TimeSpan.FromMilliseconds(20);

    private readonly BenchFolder _folder;
    private readonly List<FaultWorker> _workers = [];
    private readonly List<string> _broken = [];
    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
    private FaultProducers? _producers;
    private int _refusedBefore;

    private FaultField(BenchFolder folder, PostgresServer server, TimeSpan load, string query)
    {
        (_folder, Server, Load) = (folder, server, load);
        WorkerUrl = server.Url + query;
        Effects = new LineCount(Path.Combine(folder.Path, FaultLedger.Name));
    }

    public PostgresServer Server { get; }

    /// <summary>How long there is load in all, without the time that the fault takes.</summary>
    public TimeSpan Load { get; }

    public string Folder => _folder.Path;

    /// <summary>Where workers that are started from now on find the database.</summary>
    public string WorkerUrl { get; set; }

    public IReadOnlyList<FaultWorker> Workers => _workers;

    /// <summary>Side effects so far.</summary>
    public LineCount Effects { get; }

    /// <summary>What this fault measured besides the account.</summary>
    public List<string> Notes { get; } = [];

    public static async Task<FaultReport> RunAsync(Fault fault, BenchOptions options)
    {
        Progress.Say($"{fault.Name}: {fault.What}");
        if (fault.Unable is { } why)
            return new FaultReport(fault.Name, fault.What, null, 0, 0, [], [], why);
        await using var field = new FaultField(new BenchFolder(options.Folder),
            await PostgresServer.StartAsync(ServerSettings), TimeSpan.FromSeconds(options.Seconds), fault.Query);
        return await field.RunAsync(fault, options.IsQuick ? QuickRest : TimeSpan.Zero);
    }

    private async Task<FaultReport> RunAsync(Fault fault, TimeSpan rest)
    {
        _producers = await FaultProducers.StartAsync(Folder, WorkerUrl, Effects); // makes the schema too
        await fault.PrepareAsync(this);
        await Task.WhenAll(Enumerable.Range(1, WorkersAtStart)
            .Select(number => AddWorkerAsync($"node-{number}", fault.EnvironmentOf(number))));
        _producers.Begin(rest);
        await Task.Delay(Load / 2);
        _refusedBefore = _producers.Refused;
        await fault.StrikeAsync(this);
        await Task.Delay(Load / 2);
        await _producers.EndAsync();
        await WorkOffAsync();
        await Task.WhenAll(_workers.Select(worker => worker.StopAsync()));
        var account = await JobAccount.OfAsync(Folder, Server.Url);
        Require(Lines(FaultLedger.EarlyName) == 0, "jobs ran before they were due");
        Require(await WrongInstantsAsync() == 0, "instants of ended jobs are not the database's");
        return new FaultReport(fault.Name, fault.What, account, _producers.Refused, Lines(FaultLedger.ToldName),
            Notes, _broken);
    }

    /// <summary>Returns when it works.</summary>
    public async Task AddWorkerAsync(string node, IReadOnlyDictionary<string, string>? environment = null)
    {
        var worker = FaultWorker.Launch(Folder, WorkerUrl, node, environment ?? new Dictionary<string, string>());
        _workers.Add(worker);
        await worker.UpAsync();
    }

    /// <summary>Enqueues a job besides the load.</summary>
    public Task<JobId> EnqueueAsync(FaultEntry entry) => _producers!.AddAsync(entry); // it runs while a fault strikes

    /// <summary>What must hold besides a clean account.</summary>
    public void Require(bool isSo, string otherwise)
    {
        if (!isSo)
            _broken.Add(otherwise);
    }

    /// <summary>A fault of the database that neither a caller nor a worker felt was none.</summary>
    public void RequireFelt() => Require(
        _producers!.Refused > _refusedBefore || _workers.Any(worker => Says(worker.Log, WorkerRefused)),
        "no call was refused meanwhile, to a caller or to a worker");

    /// <summary>Waits for something that must come about.</summary>
    public async Task RequireSoonAsync(Func<Task<bool>> isSo, TimeSpan limit, string otherwise)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                Require(false, otherwise);
                return;
            }
            await Task.Delay(50);
        }
    }

    /// <summary>Whether a file of the folder has a line with this text.</summary>
    public bool Says(string file, string text) =>
        Path.Combine(Folder, file) is var path && File.Exists(path)
        && File.ReadLines(path).Any(line => line.Contains(text, StringComparison.Ordinal));

    private int Lines(string file) =>
        Path.Combine(Folder, file) is var path && File.Exists(path) ? File.ReadLines(path).Count() : 0;

    private async Task WorkOffAsync()
    {
        var start = Stopwatch.GetTimestamp();
        await RequireSoonAsync(async () => await NumberAsync("""
            SELECT (SELECT count(*) FROM rota.ready) + (SELECT count(*) FROM rota.running)
                + (SELECT count(*) FROM rota.waiting)
            """) == 0, RestLimit, $"the rest was not worked off within {RestLimit.TotalSeconds:N0} s");
        Notes.Add($"rest worked off in {Stopwatch.GetElapsedTime(start).TotalSeconds:N1} s");
    }

    private Task<long> WrongInstantsAsync() => NumberAsync($"""
        SELECT count(*)
        FROM rota.outcome
        WHERE ended_at / 1000000 NOT BETWEEN {_startedAt.ToUnixTimeSeconds() - 5}
            AND extract(epoch FROM now())::bigint + 5
        """);

    /// <summary>A connection of the fault's own; a server that still recovers is waited for.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var builder = PostgresUrl.Parse(Server.Url).Connection;
        (builder.Pooling, builder.CommandTimeout, builder.ApplicationName) = (false, 0, "fault");
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var connection = new NpgsqlConnection(builder.ConnectionString);
            try
            {
                await connection.OpenAsync();
                return connection;
            }
            catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.CannotConnectNow
                && Stopwatch.GetElapsedTime(start) < RecoveryMax)
            {
                await connection.DisposeAsync();
                await Task.Delay(100);
            }
        }
    }

    /// <summary>The number that a statement gives.</summary>
    public async Task<long> NumberAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync());
    }

    public async Task RunAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_producers is not null)
            await _producers.DisposeAsync();
        foreach (var worker in _workers)
            worker.Dispose();
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
