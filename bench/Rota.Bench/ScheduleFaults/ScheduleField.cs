using System.Diagnostics;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Bench;

/// <summary>Where a fault happens: a database with schedules that are each due every second, and the processes that
/// fire them and work their jobs.</summary>
internal sealed class ScheduleField : IAsyncDisposable
{
    private const string ServerSettings = "-c shared_buffers=128MB";
    private const int FullCount = 200, QuickCount = 40;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(2), Calm = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CatchUpMax = TimeSpan.FromMinutes(2);

    private readonly ScheduleFault _fault;
    private readonly BenchFolder _folder;
    private readonly EverySecond _schedules;
    private readonly IReadOnlyList<RunPolicy> _policies;
    private readonly FaultWorker[] _nodes;
    private DateTimeOffset? _until;

    private ScheduleField(ScheduleFault fault, BenchOptions options)
    {
        _fault = fault;
        _folder = new BenchFolder(options.Folder);
        Length = TimeSpan.FromSeconds(options.Seconds);
        _policies = fault.Policies(Length);
        _nodes = new FaultWorker[fault.Nodes];
        _schedules = new EverySecond
        {
            Count = options.Schedules ?? (options.IsQuick ? QuickCount : FullCount),
            Kind = "bench.noop",
            Anchor = TimeProvider.System.GetUtcNow(),
            Policy = number => _policies[number % _policies.Count],
        };
    }

    /// <summary>How long the fault lasts.</summary>
    public TimeSpan Length { get; }

    /// <summary>Of the run's random numbers.</summary>
    public int Seed { get; } = Environment.TickCount;

    /// <summary>Null on SQLite.</summary>
    public PostgresServer? Server { get; private set; }

    /// <summary>Of the PostgreSQL server, once it starts.</summary>
    public IReadOnlyDictionary<string, string> ServerEnvironment { get; set; } = new Dictionary<string, string>();

    /// <summary>Of each node, once it starts.</summary>
    public Func<int, IReadOnlyDictionary<string, string>> NodeEnvironment { get; set; } =
        _ => new Dictionary<string, string>();

    /// <summary>How far the clock that decides what is due is ahead of this process'.</summary>
    public TimeSpan ClockOffset { get; set; }

    /// <summary>What this fault has to say besides the ledger.</summary>
    public List<string> Notes { get; } = [];

    private string Url => Server?.Url ?? $"sqlite:{Path.Combine(_folder.Path, "rota.db")}";

    public string ClockFile(int clock) => Path.Combine(_folder.Path, $"clock-{clock}");

    public static async Task<ScheduleFaultReport> RunAsync(ScheduleFault fault, BenchOptions options)
    {
        Progress.Say($"{fault.Name}: {fault.What}");
        if (fault.Unable is { } why)
            return new ScheduleFaultReport(fault.Name, fault.What, [], [], why);
        await using var field = new ScheduleField(fault, options);
        return await field.RunAsync();
    }

    private async Task<ScheduleFaultReport> RunAsync()
    {
        _fault.Prepare(this);
        if (_fault.IsOnPostgres)
            Server = await PostgresServer.StartAsync(ServerSettings, environment: ServerEnvironment);
        var schedules = await MakeAsync();
        for (var node = 0; node < _nodes.Length; node++)
            Launch(node);
        await Task.WhenAll(_nodes.Select(node => node.UpAsync()));
        await FiringAsync(schedules);
        await _fault.StrikeAsync(this);
        await Task.Delay(Calm);
        if (_until is null)
            await CatchUpAsync();
        await Task.WhenAll(_nodes.Select(node => node.KillAsync()));
        var facts = await ScheduleFacts.ReadAsync(Url);
        return new ScheduleFaultReport(_fault.Name, _fault.What, [.. _policies.Select((policy, at) => ScheduleLedger.Of(
            policy, Length, schedules, at, _policies.Count, _until!.Value, facts))], [.. Notes, $"seed {Seed}"]);
    }

    /// <summary>Makes the schedules, by a host of this process that ends then: SQLite has one owner.</summary>
    private async Task<EverySecond> MakeAsync()
    {
        await using var host = await BenchHost.StartAsync(new OpenedStore(_folder.Path, Url), works: false);
        var schedules = _schedules with { Anchor = host.Get<TimeProvider>().GetUtcNow() + Warm };
        await schedules.PutAsync(host.Get<ScheduleOperations>());
        return schedules;
    }

    /// <summary>Waits until each schedule has been due: nodes that start quickly are up before the first one is.
    /// </summary>
    private static async Task FiringAsync(EverySecond schedules)
    {
        var left = schedules.First(schedules.Count) - TimeProvider.System.GetUtcNow();
        await Task.Delay((left > TimeSpan.Zero ? left : TimeSpan.Zero) + Calm);
    }

    /// <summary>Starts a node, and waits for nothing.</summary>
    public void Launch(int node) =>
        _nodes[node] = FaultWorker.Launch(_folder.Path, Url, $"node-{node}", NodeEnvironment(node));

    /// <summary>Signal 9.</summary>
    public async Task KillAsync(int node)
    {
        await _nodes[node].KillAsync();
        _nodes[node].Dispose();
    }

    /// <summary>Waits until all that is due by now is done; the account ends there.</summary>
    public async Task CatchUpAsync()
    {
        _until = TimeProvider.System.GetUtcNow() + ClockOffset;
        var start = Stopwatch.GetTimestamp();
        while (await FirstDueAsync() <= _until.Value.ToMicroseconds())
        {
            if (Stopwatch.GetElapsedTime(start) > CatchUpMax)
                break; // what was not done is silently missed
            await Task.Delay(100);
        }
        Notes.Add($"caught up in {Stopwatch.GetElapsedTime(start).TotalSeconds:N1} s");
    }

    private async Task<long> FirstDueAsync() =>
        (await StoreSql.ReadAsync(Url, "SELECT coalesce(min(next_due), 0), 0 FROM schedule_due"))[0].One;

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            node?.Dispose(); // null where the start failed
        if (Server is not null)
            await Server.DisposeAsync();
        _folder.Dispose();
    }
}
