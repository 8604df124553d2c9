using System.Text.Json;
using Xunit;

namespace Rota.EndToEnd.Tests;

/// <summary>Two nodes on one PostgreSQL, with PgBouncer in transaction mode between.</summary>
public sealed class PooledNodes : IAsyncLifetime
{
    private PostgresServer? _server;
    private PgBouncer? _bouncer;
    private RotaProcess? _asking;
    private RotaProcess? _working;

    /// <summary>Runs nothing.</summary>
    public RotaProcess Asking => _asking!;

    public RotaProcess Working => _working!;

    public async ValueTask InitializeAsync()
    {
        var isThere = PostgresServer.Programs is not null && File.Exists(PgBouncer.Program);
        Assert.SkipUnless(isThere || Environment.GetEnvironmentVariable("CI") is { Length: > 0 },
            "There is no PostgreSQL or no PgBouncer here; install the packages postgresql-15 and pgbouncer.");
        _server = await PostgresServer.StartAsync("-c fsync=off");
        _bouncer = await PgBouncer.StartAsync(_server.Port);
        _asking = await new RotaProcess(folder: null, ("ROTA_DATABASE", _bouncer.Url),
            ("ROTA_WORKERS__NODE", "asking"), ("ROTA_WORKERS__ISENABLED", "false")).StartAsync();
        _working = await new RotaProcess(folder: null, ("ROTA_DATABASE", _bouncer.Url),
            ("ROTA_WORKERS__NODE", "working"), ("ROTA_SHELL__ISENABLED", "true")).StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in new IAsyncDisposable?[] { _working, _asking, _bouncer, _server })
        {
            if (one is not null)
                await one.DisposeAsync();
        }
    }
}

public sealed class PoolerTests(PooledNodes nodes) : IClassFixture<PooledNodes>
{
    private static object Shell(params string[] argv) => new { argv };

    [Fact]
    public async Task A_job_that_one_node_enqueues_runs_on_the_other()
    {
        var id = await nodes.Asking.EnqueueAsync("shell.run", Shell("echo", "hello"));

        Assert.Equal("succeeded", (await nodes.Asking.EndOfAsync(id)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task The_cancel_of_a_job_that_runs_on_the_other_node_arrives()
    {
        var id = await nodes.Asking.EnqueueAsync("shell.run", Shell("sleep", "600"));
        await RotaProcess.WaitAsync(
            async () => State(await nodes.Asking.GetAsync($"jobs/{id}")) == "running", "the job runs");

        await nodes.Asking.PostAsync($"jobs/{id}/cancel", new { reason = "not needed" });

        Assert.Equal("canceled", State(await nodes.Asking.EndOfAsync(id)));
    }

    private static string? State(JsonElement job) => job.GetProperty("state").GetString();

    [Fact]
    public async Task The_doctor_says_that_news_are_polled_for()
    {
        var (code, output, error) = await nodes.Working.RunAsync(["doctor"]);

        Assert.True(code == 0, output + error);
        Assert.Contains("news of other nodes are polled for", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_jobs_enqueued_at_once_all_run()
    {
        var ids = await Task.WhenAll(Enumerable.Range(0, 100)
            .Select(_ => nodes.Asking.EnqueueAsync("shell.run", Shell("true"))));

        foreach (var id in ids)
            Assert.Equal("succeeded", State(await nodes.Asking.EndOfAsync(id)));
    }
}
