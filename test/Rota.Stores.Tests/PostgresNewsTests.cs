using Npgsql;
using Rota.Jobs;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>How other processes hear of a new job.</summary>
public sealed class PostgresNewsTests
{
    private static readonly NewJob Job = new(new JobTemplate { Kind = "test" }, "{}"u8.ToArray());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task<JobId> InsertAsync(PostgresDatabase database) =>
        Assert.Single(await new PostgresJobs(database).InsertAsync([Job], DateTimeOffset.UtcNow, Stop)).Id;

    [Fact]
    public async Task One_new_job_is_told_of_in_the_round_trip_that_inserts_it()
    {
        await using var store = await PostgresTestStore.OpenAsync();
        var database = store.Database;
        await InsertAsync(database); // its kind and queue are known from now on
        database.Lease.Meet();
        await using var listener = new NpgsqlConnection(PostgresUrl.Parse(store.Url).Connection.ConnectionString);
        await listener.OpenAsync(Stop);
        await using (var listen = new NpgsqlCommand($"LISTEN {database.Schema}", listener))
            await listen.ExecuteNonQueryAsync(Stop);
        var news = new List<NpgsqlNotificationEventArgs>();
        listener.Notification += (_, one) => news.Add(one);

        var id = await InsertAsync(database);
        while (!news.Exists(one => one.Payload.EndsWith($":{id}", StringComparison.Ordinal)))
            await listener.WaitAsync(Stop);

        var sender = news.First(one => one.Payload.EndsWith($":{id}", StringComparison.Ordinal)).PID;
        await using var asked = new NpgsqlCommand("SELECT query FROM pg_stat_activity WHERE pid = $1", listener)
        {
            Parameters = { new NpgsqlParameter<int> { TypedValue = sender } },
        };
        Assert.Contains("currval", (string?)await asked.ExecuteScalarAsync(Stop));
    }

    [Fact]
    public async Task A_job_whose_news_the_server_refuses_is_stored_all_the_same()
    {
        var server = new Uri(await PostgresTestServer.UrlAsync());
        var name = $"test_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(PostgresUrl.Parse(server.ToString()).Connection);
        await RunAsync(source, $"CREATE ROLE {name} LOGIN NOSUPERUSER");
        await RunAsync(source, $"CREATE DATABASE {name} OWNER {name}");
        var address = $"Host=127.0.0.1;Port={server.Port};Username=rota;Database={name}";
        await using (var owner = NpgsqlDataSource.Create(address))
            await RunAsync(owner, "REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC");
        await using (var database = await PostgresDatabase.OpenAsync(
            $"postgres://{name}@127.0.0.1:{server.Port}/{name}", new StoreSignals(), Stop))
        {
            JobId[] ids = [await InsertAsync(database), await AfterMeetingAsync(), await InsertAsync(database)];

            Assert.Equal(ids, await database.ListAsync(
                "SELECT id FROM rota.ready ORDER BY id", rows => rows.JobId(0), Stop));

            Task<JobId> AfterMeetingAsync()
            {
                database.Lease.Meet();
                return InsertAsync(database);
            }
        }
        await RunAsync(source, $"DROP DATABASE {name} WITH (FORCE)");
        await RunAsync(source, $"DROP ROLE {name}");
    }

    [Fact]
    public async Task A_job_that_cannot_be_inserted_leaves_the_connection_well()
    {
        await using var store = await PostgresTestStore.OpenAsync();
        await using var database = await PostgresDatabase.OpenAsync(
            $"{store.Url}&maximum_pool_size=1", new StoreSignals(), Stop);
        var first = await InsertAsync(database);
        await database.RunAsync("""
            CREATE FUNCTION rota.refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'The disk is full.' USING ERRCODE = 'disk_full'; END $$
            """, Stop);
        await database.RunAsync("""
            CREATE TRIGGER refuse BEFORE INSERT ON rota.ready FOR EACH ROW EXECUTE FUNCTION rota.refuse()
            """, Stop);
        database.Lease.Meet();

        Assert.Equal("storage.full",
            (await Assert.ThrowsAsync<StorageException>(() => InsertAsync(database))).Code);

        await database.RunAsync("DROP TRIGGER refuse ON rota.ready", Stop);
        JobId[] stored = [first, await InsertAsync(database)];
        Assert.Equal(stored, await database.ListAsync(
            "SELECT id FROM rota.ready ORDER BY id", rows => rows.JobId(0), Stop));
    }

    private static async Task RunAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Stop);
    }
}
