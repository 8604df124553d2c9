using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Xunit;

namespace Rota.Tests.Workers;

/// <summary>What an attempt writes: lines of any logger, in order and bounded, and progress.</summary>
public sealed class AttemptLogTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Task<TestHost> LoggingAsync(Action<JobContext> write, Action<RotaOptions>? configure = null) =>
        TestHost.StartAsync((_, job, _) =>
        {
            write(job);
            return Task.FromResult(JobResult.Complete);
        }, configure);

    [Fact]
    public async Task Lines_are_kept_in_order_with_their_levels_and_are_there_when_the_job_has_ended()
    {
        await using var host = await LoggingAsync(job =>
        {
            job.Log.LogDebug("first");
            job.Log.LogInformation("{Count} files", 3);
            job.Log.LogError(new InvalidOperationException("boom"), "last");
        });

        var job = await host.RunAsync();

        var lines = await host.Operations.LogAsync(job.Id, token: null, after: null, 100, Stop);
        Assert.Equal([(1, LogLevel.Debug, "first"), (2, LogLevel.Information, "3 files")],
            lines.Take(2).Select(line => (line.Number, line.Level, line.Text)));
        Assert.StartsWith("last\nSystem.InvalidOperationException: boom", lines[2].Text, StringComparison.Ordinal);
    }

    internal sealed class Inner(ILogger<Inner> log)
    {
        public void Say(string text) => log.LogWarning("{Text}", text);
    }

    [Fact]
    public async Task Lines_of_any_logger_written_during_the_attempt_are_kept_with_it()
    {
        Inner? inner = null;
        await using var host = await TestHost.StartAsync(async (args, job, _) =>
        {
            await Task.Yield();
            job.Log.LogInformation("own {Number}", args.Number);
            inner!.Say($"inner {args.Number}");
            return JobResult.Complete;
        }, build: rota => rota.Services.AddSingleton<Inner>());
        inner = host.Get<Inner>();

        var one = await host.EnqueueAsync(number: 1);
        var two = await host.EnqueueAsync(number: 2);
        await host.EndAsync(one);
        await host.EndAsync(two);

        Assert.Equal(["own 1", "inner 1"], await host.LogAsync(one));
        Assert.Equal(["own 2", "inner 2"], await host.LogAsync(two));
    }

    [Fact]
    public async Task A_job_that_succeeds_without_a_word_leaves_no_attempt()
    {
        await using var host = await LoggingAsync(_ => { });

        Assert.Empty(await host.AttemptsAsync((await host.RunAsync()).Id));
    }

    [Fact]
    public async Task A_long_line_is_cut()
    {
        await using var host = await LoggingAsync(job => job.Log.LogInformation("{Text}", new string('x', 100_000)));

        var line = Assert.Single(await host.LogAsync((await host.RunAsync()).Id));

        Assert.Equal(8_193, line.Length);
        Assert.EndsWith("…", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gigabyte_of_log_keeps_the_first_lines_and_says_how_many_were_dropped_and_memory_stays()
    {
        const int Lines = 250_000;
        var text = new string('x', 4_000); // 250,000 lines of 4 KB are a gigabyte
        var grown = 0L;
        await using var host = await LoggingAsync(job =>
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            for (var n = 0; n < Lines; n++)
                job.Log.Log(LogLevel.Information, default, text, exception: null, (state, _) => state);
            grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        }, options => options.Workers.LogLinesMax = 1_000);

        var lines = await host.LogAsync((await host.RunAsync()).Id);

        Assert.Equal(1_001, lines.Count);
        Assert.Equal("249,000 more lines were dropped: an attempt keeps 1,000 lines and 16 MiB.", lines[^1]);
        Assert.InRange(grown, long.MinValue, 64 << 20);
    }

    [Fact]
    public async Task Progress_is_seen_while_the_job_runs()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await TestHost.StartAsync(async (_, job, _) =>
        {
            job.ReportProgress(1, 4, "one of four");
            job.ReportProgress(2, 4, new string('x', 300));
            job.ReportProgress(double.NaN);
            await release.Task;
            return JobResult.Complete;
        });
        var id = await host.EnqueueAsync();

        var job = await host.UntilAsync(id, one => one.Progress is not null);

        Assert.Equal(new Progress(2, 4, new string('x', 200)), job.Progress);
        release.SetResult();
    }
}
