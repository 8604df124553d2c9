using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Rota.Postgres;

namespace Rota.Stores.Tests;

/// <summary>A worker on a server that works on ends and claims at once.</summary>
public sealed class PostgresWorkerTests
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_starts_while_the_end_of_another_one_is_not_stored_yet_and_both_end()
    {
        await using var store = await PostgresTestStore.OpenAsync();
        await using var another = await store.OpenAnotherAsync(); // enqueues, so that the worker has to claim
        var enqueuer = new PostgresJobs(another);
        var runs = new Runs();
        using var folder = new TempFolder();
        using var host = Build(store, folder, runs);
        await host.StartAsync(Stop);
        await using var blocker = await another.Source.OpenConnectionAsync(Stop);
        await using var transaction = await blocker.BeginTransactionAsync(Stop);
        await using (var hold = new NpgsqlCommand(another.Sql("SET LOCAL idle_in_transaction_session_timeout = 0; "
            + "LOCK TABLE rota.outcome IN SHARE MODE"), blocker))
            await hold.ExecuteNonQueryAsync(Stop);

        await EnqueueAsync(1);
        await EnqueueAsync(2);

        await transaction.RollbackAsync(Stop);
        await host.StopAsync(Stop);
        var counts = await enqueuer.CountAsync(Stop);
        Assert.Equal([(JobState.Succeeded, 2L)],
            counts.Where(row => row.Count > 0).Select(row => (row.State, row.Count)));

        async Task EnqueueAsync(int count)
        {
            await enqueuer.InsertAsync([new(new() { Kind = "stores.noop" }, "{}"u8.ToArray())],
                TimeProvider.System.GetUtcNow(), Stop);
            await runs.CountsAsync(count).WaitAsync(WaitMax, Stop);
        }
    }

    private static IHost Build(PostgresTestStore store, TempFolder folder, Runs runs)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddSingleton(runs);
        builder.Services.AddRota(options =>
        {
            options.UsePostgres(store.Url);
            options.KeyPath = folder.File("fernet.key");
        }).AddHandler<NoopHandler>();
        return builder.Build();
    }

    [Job("stores.noop")]
    private sealed record Noop;

    private sealed class NoopHandler(Runs runs) : IJobHandler<Noop>
    {
        public Task<JobResult> RunAsync(Noop args, JobContext job, CancellationToken stop)
        {
            runs.Add();
            return Task.FromResult(JobResult.Complete);
        }
    }

    private sealed class Runs
    {
        private readonly SemaphoreSlim _begun = new(0);
        private int _seen;

        public void Add() => _begun.Release();

        public async Task CountsAsync(int count)
        {
            for (; _seen < count; _seen++)
                await _begun.WaitAsync(Stop);
        }
    }
}
