using Npgsql;
using Rota.Postgres;

namespace Rota.Stores.Tests;

/// <summary>The connections that new jobs, claims, ends and news have for themselves.</summary>
public sealed class PostgresKeptConnectionTests : StoreContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();

    private PostgresDatabase Database => ((PostgresTestStore)Store).Database;

    [Fact]
    public async Task It_is_lent_again_and_who_comes_meanwhile_gets_another_one()
    {
        var first = await PidAsync();

        var (again, meanwhile) = await Database.RunAsync(
            async session => (await PidAsync(session), await PidAsync()), Stop, Database.Claiming);

        Assert.Equal(first, again);
        Assert.NotEqual(first, meanwhile);
        Assert.Equal(first, await PidAsync());
    }

    [Fact]
    public async Task One_whose_statement_failed_is_not_lent_again()
    {
        var first = await PidAsync();
        await Assert.ThrowsAsync<PostgresException>(() => Database.RunAsync(
            session => session.RunAsync("SELECT 1 / 0"), Stop, Database.Claiming));

        Assert.NotEqual(first, await PidAsync());
    }

    [Fact]
    public async Task One_from_before_another_connection_failed_is_not_lent_again()
    {
        var first = await PidAsync();
        Database.Source.Suspect();

        Assert.NotEqual(first, await PidAsync());
    }

    [Fact]
    public async Task One_that_was_ended_while_it_rested_fails_as_the_store_does_and_another_one_comes()
    {
        var first = await PidAsync();
        await Database.RunAsync("SELECT pg_terminate_backend($1)", Stop, first);
        while (await Database.FindAsync("SELECT 1 FROM pg_stat_activity WHERE pid = $1", _ => true, Stop, first))
            await Task.Delay(TimeSpan.FromMilliseconds(1), Stop);

        await Assert.ThrowsAsync<StorageException>(PidAsync);

        Assert.NotEqual(first, await PidAsync());
    }

    [Fact]
    public async Task One_that_rested_for_too_long_is_not_lent_again()
    {
        var first = await PidAsync();
        Database.Claiming.RestMax = TimeSpan.Zero;

        Assert.NotEqual(first, await PidAsync());
    }

    [Fact]
    public async Task A_lone_caller_enqueues_over_the_same_connection_whichever_the_pool_has()
    {
        // So that the pool has three.
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Database.FindAsync(
            "SELECT pg_sleep(0.05)", _ => true, Stop)));

        for (var number = 0; number < 5; number++)
            await InsertAsync();

        // Of each connection the view has the last statement.
        Assert.Equal(1L, await Database.FindAsync("""
            SELECT count(*)
            FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND query LIKE '%INSERT INTO "' || $1 || '".job (%'
            """, rows => rows.GetInt64(0), Stop, Database.Schema));
    }

    private Task<int> PidAsync() => Database.RunAsync(PidAsync, Stop, Database.Claiming);

    private static Task<int> PidAsync(PostgresSession session) =>
        session.FindAsync("SELECT pg_backend_pid()", rows => rows.GetInt32(0));
}
