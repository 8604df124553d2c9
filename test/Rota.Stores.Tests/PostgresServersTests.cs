using Npgsql;
using Rota.Jobs;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Servers that are not simply there: several, behind a pooler, gone for a while, and roles with few rights.
/// </summary>
public sealed class PostgresServersTests
{
    private const string ReadOnly = "ALTER SYSTEM SET default_transaction_read_only = ";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task<Uri> ServerAsync() =>
        new(await PostgresTestServer.UrlAsync());

    private static string NewName() => $"test_{Guid.NewGuid():N}";

    private static Task<PostgresDatabase> OpenAsync(string url) =>
        PostgresDatabase.OpenAsync(url, new StoreSignals(), Stop);

    private static Task WriteAsync(PostgresDatabase database) => new PostgresHealth(database).CheckWritableAsync(Stop);

    private static async Task RunAsync(string url, params string[] statements)
    {
        await using var source = NpgsqlDataSource.Create(PostgresUrl.Parse(url).Connection);
        foreach (var sql in statements)
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(Stop);
        }
    }

    [Fact]
    public async Task Of_several_servers_the_one_that_takes_writes_is_used()
    {
        var server = await ServerAsync();
        await using var standby = await PostgresServer.StartAsync("-c fsync=off -c default_transaction_read_only=on");
        var url = $"postgres://rota@127.0.0.1:1,127.0.0.1:{standby.Port},127.0.0.1:{server.Port}/postgres"
            + $"?schema={NewName()}";

        await using var database = await OpenAsync(url);

        await WriteAsync(database);
    }

    [Fact]
    public async Task The_next_one_is_used_when_the_first_one_turns_into_a_standby()
    {
        await using var one = await PostgresServer.StartAsync("-c fsync=off");
        await using var other = await PostgresServer.StartAsync("-c fsync=off");
        await using (await OpenAsync(other.Url))
            await RunAsync(other.Url, ReadOnly + "on", "SELECT pg_reload_conf()");
        var url = $"postgres://rota@127.0.0.1:{one.Port},127.0.0.1:{other.Port}/postgres";
        await using var database = await OpenAsync(url);
        await WriteAsync(database);

        await RunAsync(one.Url, ReadOnly + "on", "SELECT pg_reload_conf()");
        await RunAsync(other.Url, ReadOnly + "off", "SELECT pg_reload_conf()");

        await UntilItWritesAsync(database);
    }

    private static async Task UntilItWritesAsync(PostgresDatabase database)
    {
        using var late = new CancellationTokenSource(Deadline);
        while (true)
        {
            try
            {
                await WriteAsync(database);
                // The first write may still have met the old server.
                if (await database.FindAsync("SHOW transaction_read_only", rows => rows.GetString(0), Stop) == "off")
                    return;
            }
            catch (StorageException) when (!late.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), Stop);
            }
        }
    }

    [Fact]
    public async Task Where_none_takes_writes_it_says_so()
    {
        await using var standby = await PostgresServer.StartAsync("-c fsync=off -c default_transaction_read_only=on");

        var error = await Assert.ThrowsAsync<StorageException>(
            () => OpenAsync($"postgres://rota@127.0.0.1:{standby.Port},127.0.0.1:1/postgres"));

        Assert.Equal("storage.read_only", error.Code);
    }

    [Fact]
    public async Task A_wrong_name_is_said_although_another_server_is_silent()
    {
        var server = await ServerAsync();

        var error = await Assert.ThrowsAsync<StorageException>(
            () => OpenAsync($"postgres://rota@127.0.0.1:1,127.0.0.1:{server.Port}/nothing_here"));

        Assert.Equal("storage.denied", error.Code);
    }

    // PostgreSQL calls a commit a success when its wait for a standby is canceled, which a time-out does.
    [Fact]
    public async Task What_no_standby_has_is_not_acknowledged()
    {
        await using var server = await PostgresServer.StartAsync("-c fsync=off");
        await using var database = await OpenAsync(server.Url);
        var jobs = new PostgresJobs(database);
        var job = new NewJob(new JobTemplate { Kind = "test" }, "{}"u8.ToArray());
        await jobs.InsertAsync([job], DateTimeOffset.UtcNow, Stop);
        await RunAsync(server.Url, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()");

        Exception? error = null;
        while (error is null) // until every process of the server has read its configuration
            error = await Record.ExceptionAsync(() => jobs.InsertAsync([job], DateTimeOffset.UtcNow, Stop));

        Assert.Equal("storage.too_slow", Assert.IsType<StorageException>(error).Code);
        await RunAsync(server.Url, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
    }

    [Fact]
    public async Task An_error_inside_the_server_is_one_that_passes()
    {
        await using var database = await OpenAsync($"{await PostgresTestServer.UrlAsync()}?schema={NewName()}");

        var error = await Assert.ThrowsAsync<StorageException>(() => database.RunAsync(
            "DO $$ BEGIN RAISE EXCEPTION 'could not open relation' USING ERRCODE = 'XX000'; END $$", Stop));

        Assert.Equal("storage.io", error.Code);
        Assert.Contains("could not open relation", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pooler_is_noticed_whether_it_refuses_options_or_drops_them(bool dropsOptions)
    {
        Assert.SkipUnless(File.Exists(PgBouncer.Program) || Environment.GetEnvironmentVariable("CI") is { Length: > 0 },
            "There is no PgBouncer here; install the package pgbouncer.");
        await using var bouncer = await PgBouncer.StartAsync((await ServerAsync()).Port, dropsOptions);

        await using var database = await OpenAsync($"{bouncer.Url}?schema={NewName()}");

        Assert.True(database.IsPooled);
    }

    [Fact]
    public async Task A_server_without_a_pooler_is_no_pooler()
    {
        var server = await ServerAsync();

        await using var database = await OpenAsync($"{server}?schema={NewName()}");

        Assert.False(database.IsPooled);
    }

    [Fact]
    public async Task A_role_that_owns_its_database_needs_no_other_rights()
    {
        var (server, name) = (await ServerAsync(), NewName());
        await RunAsync(server.ToString(), $"CREATE ROLE {name} LOGIN NOSUPERUSER",
            $"CREATE DATABASE {name} OWNER {name}");

        await using (var database = await OpenAsync($"postgres://{name}@127.0.0.1:{server.Port}/{name}"))
            await WorkAsync(database);

        await RunAsync(server.ToString(), $"DROP DATABASE {name} WITH (FORCE)", $"DROP ROLE {name}");
    }

    [Fact]
    public async Task A_role_may_have_nothing_but_a_schema_that_was_made_for_it()
    {
        var (server, name) = (await ServerAsync(), NewName());
        await RunAsync(server.ToString(), $"CREATE DATABASE {name}", $"CREATE ROLE {name} LOGIN NOSUPERUSER");
        var own = $"postgres://{{0}}@127.0.0.1:{server.Port}/{name}";
        await RunAsync(string.Format(own, "rota"), $"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            $"GRANT CONNECT ON DATABASE {name} TO {name}", "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "CREATE SCHEMA jobs", $"GRANT USAGE, CREATE ON SCHEMA jobs TO {name}");

        await using (var database = await OpenAsync(string.Format(own, name) + "?schema=jobs"))
            await WorkAsync(database);

        await RunAsync(server.ToString(), $"DROP DATABASE {name} WITH (FORCE)", $"DROP ROLE {name}");
    }

    [Fact]
    public async Task A_role_without_any_right_is_told_what_it_lacks()
    {
        var (server, name) = (await ServerAsync(), NewName());
        await RunAsync(server.ToString(), $"CREATE ROLE {name} LOGIN NOSUPERUSER");

        var error = await Assert.ThrowsAsync<StorageException>(
            () => OpenAsync($"postgres://{name}@127.0.0.1:{server.Port}/postgres?schema={name}"));

        Assert.Equal("storage.denied", error.Code);
        await RunAsync(server.ToString(), $"DROP ROLE {name}");
    }

    [Fact]
    public async Task A_schema_may_have_the_name_of_a_word_of_SQL()
    {
        var (server, name) = (await ServerAsync(), NewName());
        await RunAsync(server.ToString(), $"CREATE DATABASE {name}");

        await using (var database = await OpenAsync($"postgres://rota@127.0.0.1:{server.Port}/{name}?schema=order"))
        {
            await WriteAsync(database);
            using var late = new CancellationTokenSource(Deadline);
            while (!database.Wakeups.IsListening)
                await Task.Delay(TimeSpan.FromMilliseconds(10), late.Token);
        }
        await RunAsync(server.ToString(), $"DROP DATABASE {name} WITH (FORCE)");
    }

    [Fact]
    public async Task A_setting_that_the_server_does_not_know_is_said()
    {
        var server = await ServerAsync();

        var error = await Assert.ThrowsAsync<StorageException>(() => OpenAsync($"{server}?options=-c%20no_such=1"));

        Assert.Equal("storage.refused", error.Code);
        Assert.Contains("no_such", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_called_dead_for_a_silence_in_which_nobody_could_write()
    {
        await using var server = await PostgresServer.StartAsync("-c fsync=off");
        await using var one = await OpenAsync(server.Url);
        await using var other = await OpenAsync(server.Url);
        var job = await ClaimNewAsync(other);

        await server.CrashAsync();
        await Task.Delay(Lease.Length + TimeSpan.FromSeconds(1), Stop); // the leases of both are over
        await server.StartAgainAsync();
        await UntilItWritesAsync(one);
        var rule = new RescueRule(CrashesMax: 3);
        var rescued = await new PostgresJobs(one).RescueAsync(rule, DateTimeOffset.UtcNow, Stop);

        Assert.Equal(0, rescued);
        await UntilItWritesAsync(other);
        Assert.Empty(await EndAsync(other, job));
    }

    private static async Task WorkAsync(PostgresDatabase database)
    {
        Assert.Empty(await EndAsync(database, await ClaimNewAsync(database)));
        Assert.Contains("PostgreSQL", await new PostgresHealth(database).DescribeAsync(Stop), StringComparison.Ordinal);
    }

    private static async Task<Claimed> ClaimNewAsync(PostgresDatabase database)
    {
        var (jobs, now) = (new PostgresJobs(database), DateTimeOffset.UtcNow);
        await jobs.InsertAsync([new NewJob(new JobTemplate { Kind = "test" }, "{}"u8.ToArray())], now, Stop);
        var order = new ClaimOrder([], Slots: 1, Prefetch: 0);
        return Assert.Single((await jobs.ExchangeAsync(new Exchange("node-a", [], order, now), Stop)).Claimed);
    }

    private static async Task<IReadOnlyList<long>> EndAsync(PostgresDatabase database, Claimed job)
    {
        var now = DateTimeOffset.UtcNow;
        var finished = new Finished
        {
            Job = job,
            Event = JobEvent.Succeed,
            Outcome = AttemptOutcome.Succeeded,
            StartedAt = now,
            EndedAt = now,
        };
        var exchange = new Exchange("node-a", [finished], Claim: null, now);
        return (await new PostgresJobs(database).ExchangeAsync(exchange, Stop)).Refused;
    }
}
