using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Xunit;

namespace Rota.Tests;

/// <summary>The job that tests enqueue; what it does is the test's own code.</summary>
[Job("test.run")]
internal sealed record TestRun(int Number = 0);

internal delegate Task<JobResult> TestBody(TestRun args, JobContext job, CancellationToken stop);

internal sealed class TestRunHandler(TestBody body) : IJobHandler<TestRun>
{
    public Task<JobResult> RunAsync(TestRun args, JobContext job, CancellationToken stop) => body(args, job, stop);
}

/// <summary>A host that embeds Rota on a database of its own, as any user's program does.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly IHost _host;
    private readonly string _folder;
    private readonly bool _isOwner;
    private bool _isStopped;

    private TestHost(IHost host, string folder, bool isOwner) => (_host, _folder, _isOwner) = (host, folder, isOwner);

    public IServiceProvider Services => _host.Services;

    public IJobClient Client => Services.GetRequiredService<IJobClient>();

    public JobOperations Operations => Services.GetRequiredService<JobOperations>();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <param name="folder">Of a database that another host has left; null for a new one.</param>
    public static async Task<TestHost> StartAsync(TestBody body, Action<RotaOptions>? configure = null,
        Action<RotaBuilder>? build = null, string? folder = null)
    {
        var path = folder ?? Directory.CreateTempSubdirectory("rota-test-").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddSingleton(body);
        builder.Logging.SetMinimumLevel(LogLevel.Trace);
        var rota = builder.Services.AddRota(options =>
        {
            options.UseSqlite(Path.Combine(path, "rota.db"));
            options.KeyPath = Path.Combine(path, "fernet.key");
            options.Workers.Node = "node-a";
            configure?.Invoke(options);
        }).AddHandler<TestRunHandler>();
        build?.Invoke(rota);
        var host = new TestHost(builder.Build(), path, folder is null);
        await host._host.StartAsync(Stop);
        return host;
    }

    public async Task<JobId> EnqueueAsync(JobOptions? options = null, int number = 0) =>
        (await Client.EnqueueAsync(new TestRun(number), options, Stop)).Id;

    public Task<Job> GetAsync(JobId id) => Operations.GetAsync(id, Stop);

    /// <summary>Runs one job to its end.</summary>
    public async Task<Job> RunAsync(JobOptions? options = null) => await EndAsync(await EnqueueAsync(options));

    public Task<Job> EndAsync(JobId id) => UntilAsync(id, job => job.State.IsFinal);

    /// <summary>Returns the job as soon as it is as asked for; fails after the deadline.</summary>
    public async Task<Job> UntilAsync(JobId id, Func<Job, bool> isSo)
    {
        var job = await GetAsync(id);
        await UntilAsync(async () => isSo(job = await GetAsync(id)), () => $"Job {id} is {job.State}: {job.Error}");
        return job;
    }

    public static async Task UntilAsync(Func<Task<bool>> isSo, Func<string> otherwise)
    {
        // Stores signal their own loops only, so a test that watches from outside asks again and again.
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        deadline.CancelAfter(Deadline);
        try
        {
            while (!await isSo())
                await pulse.WaitForNextTickAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!Stop.IsCancellationRequested)
        {
            Assert.Fail($"{otherwise()} after {Deadline}.");
        }
    }

    public async Task<IReadOnlyList<string>> LogAsync(JobId id) =>
        [.. (await Operations.LogAsync(id, token: null, after: null, 10_000, Stop)).Select(line => line.Text)];

    public Task<IReadOnlyList<Attempt>> AttemptsAsync(JobId id) => Operations.AttemptsAsync(id, Stop);

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>Stops the host and opens its database again with another one.</summary>
    public async Task<TestHost> RestartAsync(
        TestBody body, Action<RotaOptions>? configure = null, Action<RotaBuilder>? build = null)
    {
        await StopAsync();
        return await StartAsync(body, configure, build, _folder);
    }

    /// <summary>Stops gracefully and closes the database.</summary>
    public async Task StopAsync()
    {
        if (_isStopped)
            return;
        _isStopped = true;
        await _host.StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    public static string Text(ReadOnlyMemory<byte>? json) => Encoding.UTF8.GetString(json.GetValueOrDefault().Span);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_isOwner)
            Directory.Delete(_folder, recursive: true);
    }
}
