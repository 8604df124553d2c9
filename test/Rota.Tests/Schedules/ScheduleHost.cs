using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Sqlite;
using Rota.Storage;

namespace Rota.Tests.Schedules;

/// <summary>Rota's services on a SQLite file of their own, with time in the test's hand and no loop running.</summary>
internal sealed class ScheduleHost : IAsyncDisposable
{
    public static readonly DateTimeOffset Midnight = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("rota-schedules-").FullName;
    private ServiceProvider _services;

    public ScheduleHost() => _services = Open();

    public ManualTime Time { get; } = new(Midnight);

    public LogLines Log { get; } = new();

    public ScheduleOperations Operations => Get<ScheduleOperations>();

    public IScheduleStore Store => Get<IScheduleStore>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public Scheduler NewScheduler() => ActivatorUtilities.CreateInstance<Scheduler>(_services);

    /// <summary>Closes the database and opens it again, as a restart does.</summary>
    public async Task RestartAsync()
    {
        await _services.DisposeAsync();
        _services = Open();
    }

    public Task<(Schedule Schedule, PutOutcome Outcome)> PutAsync(
        string name, Trigger trigger, RunPolicy? policy = null, JobOptions? options = null) =>
        Operations.PutAsync(new ScheduleDefinition
        {
            Name = name,
            Trigger = trigger,
            Kind = "some.kind",
            Policy = policy ?? new RunPolicy(),
            Options = options,
        }, "ann", CancellationToken.None);

    /// <summary>Passes of the scheduler until there is nothing left to do.</summary>
    public async Task<TimeSpan> PassAsync(Scheduler? scheduler = null)
    {
        const int PassesMax = 1_000;
        scheduler ??= NewScheduler();
        for (var pass = 0; pass < PassesMax; pass++)
        {
            var sleep = await scheduler.PassAsync(CancellationToken.None);
            if (sleep > TimeSpan.Zero)
                return sleep;
        }
        throw new InvalidOperationException($"The scheduler had more to do after {PassesMax} passes.");
    }

    /// <summary>Oldest due first.</summary>
    public async Task<List<Occurrence>> OccurrencesAsync(string name) =>
        [.. (await Store.OccurrencesAsync(name, null, 1_000, CancellationToken.None)).Reverse()];

    /// <summary>Oldest first, with everything about them.</summary>
    public async Task<List<Job>> JobsAsync(string schedule)
    {
        var jobs = new List<Job>();
        var listed = await Get<IJobStore>().ListAsync(
            new JobFilter { Schedule = schedule }, null, 1_000, CancellationToken.None);
        foreach (var job in listed.Reverse())
            jobs.Add((await Get<IJobStore>().FindAsync(job.Id, CancellationToken.None))!);
        return jobs;
    }

    public Task RunSqlAsync(string sql) =>
        Get<SqliteDatabase>().Writer.RunAsync(session => session.Db.Execute(sql), CancellationToken.None);

    private ServiceProvider Open()
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        services.AddLogging(logging => logging.AddProvider(Log));
        services.AddRota(options =>
        {
            options.UseSqlite(Path.Combine(_folder, "rota.db"));
            options.KeyPath = Path.Combine(_folder, "key");
        }).AddHandler<PourHandler>();
        return services.BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

[Job("tea.pour", Aliases = ["extensions.tea.job:PourJob"], Queue = "kitchen", MaxAttempts = 7)]
public sealed record Pour(int Cups);

public sealed class PourHandler : IJobHandler<Pour>
{
    public Task<JobResult> RunAsync(Pour args, JobContext job, CancellationToken stop) =>
        Task.FromResult(JobResult.Complete);
}

/// <summary>Keeps the lines of the schedules' log: event id and text.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly Lock _lock = new();
    private readonly List<(int Id, string Text)> _lines = [];

    public List<string> Of(int id)
    {
        lock (_lock)
            return [.. _lines.Where(line => line.Id == id).Select(line => line.Text)];
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
            _lines.Add((eventId.Id, formatter(state, exception)));
    }

    public void Dispose()
    {
    }
}
