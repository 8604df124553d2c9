using Npgsql;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>How a schema comes into being and grows while nodes work on it.</summary>
public sealed class PostgresMigrationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_nodes_that_start_at_once_on_an_empty_database_all_work()
    {
        const int Nodes = 8;
        var url = await PostgresTestStore.NewUrlAsync();

        var nodes = await Task.WhenAll(Enumerable.Range(0, Nodes)
            .Select(_ => PostgresDatabase.OpenAsync(url, new StoreSignals(), Stop)));

        var applied = await nodes[0].ListAsync("SELECT number FROM rota.migration", rows => rows.GetInt32(0), Stop);
        Assert.Equal(applied.Distinct(), applied);
        Assert.Equal(Nodes, nodes.Select(node => node.Lease.Session).Distinct().Count());
        await nodes[0].RunAsync($"DROP SCHEMA {nodes[0].Schema} CASCADE", Stop);
        foreach (var node in nodes)
            await node.DisposeAsync();
    }

    [Fact]
    public async Task A_node_waits_for_another_one_that_migrates_for_as_long_as_it_takes()
    {
        var url = await PostgresTestStore.NewUrlAsync();
        var (parsed, schema) = PostgresUrl.Parse(url);
        await using var source = NpgsqlDataSource.Create(parsed);
        await using var other = await source.OpenConnectionAsync(Stop);
        await using var migration = await other.BeginTransactionAsync(Stop);
        await using (var hold = new NpgsqlCommand(
            $"SELECT pg_advisory_xact_lock(hashtext('rota'), hashtext('{schema}'))", other, migration))
            await hold.ExecuteNonQueryAsync(Stop);
        await using var waits = source.CreateCommand("""
            SELECT count(*)
            FROM pg_stat_activity
            WHERE wait_event = 'advisory' AND clock_timestamp() - query_start > interval '2 s'
            """);

        var open = PostgresDatabase.OpenAsync($"{url}&command_timeout=1", new StoreSignals(), Stop);
        while (!open.IsCompleted && await waits.ExecuteScalarAsync(Stop) is 0L)
            await Task.Delay(TimeSpan.FromMilliseconds(20), Stop);
        await migration.CommitAsync(Stop);

        await using var database = await open;
        await database.RunAsync($"DROP SCHEMA {schema} CASCADE", Stop);
    }

    [Fact]
    public async Task A_node_works_on_the_next_schema_if_that_allows_it()
    {
        await using var store = await PostgresTestStore.OpenAsync();
        await UpgradeAsync(store, worksWith: 1);

        await store.ReopenAsync();

        var asked = new Jobs.NewJob(new Jobs.JobTemplate { Kind = "test" }, "{}"u8.ToArray());
        var job = (await store.Jobs.InsertAsync([asked], TimeProvider.System.GetUtcNow(), Stop))[0];
        var claim = new ClaimOrder([], Slots: 1, Prefetch: 0);
        var exchange = new Exchange("old", [], claim, TimeProvider.System.GetUtcNow());
        var taken = await store.Jobs.ExchangeAsync(exchange, Stop);
        Assert.Equal(job.Id, Assert.Single(taken.Claimed).Id);
    }

    [Fact]
    public async Task A_node_too_old_for_the_schema_says_so()
    {
        await using var store = await PostgresTestStore.OpenAsync();
        await UpgradeAsync(store, worksWith: 2);

        var error = await Assert.ThrowsAsync<StorageException>(
            () => PostgresDatabase.OpenAsync(store.Url, new StoreSignals(), Stop));

        Assert.Equal("storage.newer", error.Code);
    }

    /// <summary>What the migration of a later Rota does: it adds, and says who can go on.</summary>
    private static async Task UpgradeAsync(PostgresTestStore store, int worksWith)
    {
        await store.Database.RunAsync("ALTER TABLE rota.job ADD COLUMN later text", Stop);
        await store.Database.RunAsync(
            "INSERT INTO rota.migration (number, works_with) VALUES (2, $1)", Stop, worksWith);
    }
}
