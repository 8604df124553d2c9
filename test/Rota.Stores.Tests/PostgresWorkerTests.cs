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
        var runs = new Runs();
        using var folder = new TempFolder();
        using var host = Build(store, folder, runs);
        await host.StartAsync(Stop);
        await using var blocker = await another.Source.OpenConnectionAsync(Stop);
        await using var transaction = await blocker.BeginTransactionAsync(Stop);
        await using (var hold = new NpgsqlCommand(another.Sql("SET LOCAL idle_in_transaction_session_timeout = 0; "
            + "LOCK TABLE rota.outcome IN SHARE MODE"), blocker))
            await hold.ExecuteNonQueryAsync(Stop);

        await RunAsync(1);
        await RunAsync(2);

        await transaction.RollbackAsync(Stop);
        await host.StopAsync(Stop);
        var counts = await store.Jobs.CountAsync(Stop);
        Assert.Equal([(JobState.Succeeded, 2L)],
            counts.Where(row => row.Count > 0).Select(row => (row.State, row.Count)));

        async Task RunAsync(int count)
        {
            await EnqueueAsync(another, "stores.noop");
            await runs.CountsAsync(count).WaitAsync(WaitMax, Stop);
        }
    }

    [Fact]
    public async Task A_job_ends_while_a_claim_waits()
    {
        await using var store = await PostgresTestStore.OpenAsync();
        await using var another = await store.OpenAnotherAsync();
        await store.Queues.SetMaxRunningAsync("limited", 5, Stop);
        var runs = new Runs();
        using var folder = new TempFolder();
        using var host = Build(store, folder, runs);
        await host.StartAsync(Stop);
        await EnqueueAsync(another, "stores.gated");
        await runs.CountsAsync(1).WaitAsync(WaitMax, Stop);
        await using var blocker = await another.Source.OpenConnectionAsync(Stop);
        await using var transaction = await blocker.BeginTransactionAsync(Stop);
        await using (var hold = new NpgsqlCommand(another.Sql("SET LOCAL idle_in_transaction_session_timeout = 0; "
            + "SELECT id FROM rota.queue FOR UPDATE"), blocker))
            await hold.ExecuteNonQueryAsync(Stop);
        await EnqueueAsync(another, "stores.noop", "limited");
        await IsTrueAsync(another, ClaimWaits, blocker.ProcessID);

        runs.Gate.SetResult();

        await IsTrueAsync(another, "SELECT count(*) = 1 FROM rota.outcome");
        await IsTrueAsync(another, ClaimWaits, blocker.ProcessID);
        await transaction.RollbackAsync(Stop);
        await runs.CountsAsync(2).WaitAsync(WaitMax, Stop);
        await host.StopAsync(Stop);
    }

    private const string ClaimWaits =
        "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)))";

    private static async Task IsTrueAsync(PostgresDatabase database, string sql, params object?[] values)
    {
        using var late = new CancellationTokenSource(WaitMax);
        while (!await database.FindAsync(sql, rows => rows.GetBoolean(0), late.Token, values))
        {
            // It is asked again.
        }
    }

    private static async Task EnqueueAsync(PostgresDatabase database, string kind, string queue = "default") =>
        await new PostgresJobs(database).InsertAsync([new(new() { Kind = kind, Queue = queue }, "{}"u8.ToArray())],
            TimeProvider.System.GetUtcNow(), Stop);

    private static IHost Build(PostgresTestStore store, TempFolder folder, Runs runs)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddSingleton(runs);
        builder.Services.AddRota(options =>
        {
            options.UsePostgres(store.Url);
            options.KeyPath = folder.File("fernet.key");
        }).AddHandler<NoopHandler>().AddHandler<GatedHandler>();
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

    [Job("stores.gated")]
    private sealed record Gated;

    private sealed class GatedHandler(Runs runs) : IJobHandler<Gated>
    {
        public async Task<JobResult> RunAsync(Gated args, JobContext job, CancellationToken stop)
        {
            runs.Add();
            await runs.Gate.Task.WaitAsync(stop);
            return JobResult.Complete;
        }
    }

    private sealed class Runs
    {
        private readonly SemaphoreSlim _begun = new(0);
        private int _seen;

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Add() => _begun.Release();

        public async Task CountsAsync(int count)
        {
            for (; _seen < count; _seen++)
                await _begun.WaitAsync(Stop);
        }
    }
}
