using Rota.Copies;
using Rota.Storage;

namespace Rota.Stores.Tests;

public sealed class SqliteToPostgresCopyTests : CopyContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();

    protected override async Task<TestStore> OpenTargetAsync() => await PostgresTestStore.OpenAsync();

    [Fact]
    public async Task A_character_that_PostgreSQL_cannot_keep_is_replaced()
    {
        await Store.Memory.SetAsync("a", "key", "before\0after", Stop);
        await Store.CloseAsync();
        await using var target = await OpenTargetAsync();
        await target.CloseAsync();

        await CopyAsync(Store, target);

        await target.OpenAgainAsync();
        Assert.Equal("before\uFFFDafter", await target.Memory.GetAsync("a", "key", Stop));
    }

    [Fact]
    public async Task A_process_that_stood_still_while_a_copy_began_works_on_none_of_it()
    {
        await FillAsync();
        await Store.CloseAsync();
        await using var target = await PostgresTestStore.OpenAsync();
        await target.SuspendAsync();

        // There are jobs to claim by now.
        await Assert.ThrowsAnyAsync<Exception>(
            () => CopyAsync(Store, target, die: step => step.Table == "ready"));

        Assert.False(await target.RenewAsync());
        var claim = new Exchange(Node, [], new ClaimOrder(["many"], Slots: 9, Prefetch: 0), Now);
        Assert.Empty((await target.Jobs.ExchangeAsync(claim, Stop)).Claimed);
    }

    [Theory]
    [InlineData("UPDATE rota.log SET text = text || '.' WHERE number = 2")]
    [InlineData("DELETE FROM rota.audit WHERE id = 1")]
    [InlineData("UPDATE rota.token SET hash = decode('02', 'hex') WHERE name = 'session'")]
    public async Task A_target_that_differs_is_found(string change)
    {
        await FillAsync();
        await Store.CloseAsync();
        await using var target = await PostgresTestStore.OpenAsync();
        await target.CloseAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => CopyAsync(Store, target, die: step => step.IsCheck));
        Assert.Equal(1, await target.RunAsync(change));

        var error = await Assert.ThrowsAsync<RotaException>(() => CopyAsync(Store, target));
        Assert.Equal("copy.differs", error.Code);
        await Assert.ThrowsAsync<StorageException>(target.OpenAgainAsync);

        await CopyAsync(Store, target, isRestart: true);
        await target.OpenAgainAsync();
    }

    // What a row of PostgreSQL has beside its own columns, and what it calls otherwise.
    private static readonly Dictionary<string, string[]> Others = new()
    {
        ["job"] = ["-kind", "-queue", "-priority", "-retry_of", "route"],
        ["ready"] = ["route", "is_alone"],
        ["running"] = ["session", "queue", "route", "priority"],
        ["waiting"] = ["queue", "route", "priority", "is_alone"],
        ["outcome"] = ["-kind", "-queue", "-error", "route"],
        ["queue"] = ["-name", "-paused", "id", "is_paused"],
        ["schedule_due"] = ["-paused", "is_paused", "slot"],
        ["token"] = ["-user", "user_name"],
    };

    [Fact]
    public async Task No_table_or_column_of_PostgreSQL_is_forgotten()
    {
        await using var target = await OpenTargetAsync();
        var found = await ((PostgresTestStore)target).ColumnsAsync();
        var derived = new[]
        {
            "word", "route", "job_retry", "counter", "counter_step", "outcome_error", "session", "node", "migration",
            "event", // what happened there is no work to be done here
        };

        Assert.Equal(CopyTables.All.Select(table => table.Name).Concat(derived).Order(),
            found.Select(table => table.Key).Order());
        Assert.All(CopyTables.All, table =>
        {
            var others = Others.GetValueOrDefault(table.Name, []);
            var columns = table.Columns.Select(column => column.Name).Concat(others)
                .Where(name => name[0] != '-' && !others.Contains("-" + name));
            Assert.Equal(columns.Order(), found[table.Name].Order());
        });
    }
}

public sealed class PostgresToSqliteCopyTests : CopyContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();

    protected override Task<TestStore> OpenTargetAsync() => SqliteTestStore.OpenAsync();

    [Fact]
    public async Task A_source_that_is_started_while_it_is_copied_is_no_copy()
    {
        await FillAsync();
        await Store.CloseAsync();
        await using var target = await OpenTargetAsync();
        await target.CloseAsync();
        await using var source = await Store.OpenCopyAsync(isTarget: false);
        await using var copy = await target.OpenCopyAsync(isTarget: true);
        await Store.OpenAgainAsync();
        var marks = await source.ReadMarksAsync(Stop);
        await Store.CloseAsync();
        var isStarted = false;

        var error = await Assert.ThrowsAsync<ConflictException>(() => new CopyOperations(source).RunAsync(copy, false,
            step =>
            {
                if (!isStarted)
                    Store.OpenAgainAsync().GetAwaiter().GetResult();
                isStarted = true;
            }, Stop));

        Assert.Equal("copy.source_changed", error.Code);
        Assert.True((await source.ReadMarksAsync(Stop)).Starts > marks.Starts);
        Assert.NotNull(await copy.FindMarkerAsync(Stop));
    }
}

public sealed class PostgresToPostgresCopyTests : CopyContract
{
    protected override async Task<TestStore> OpenAsync() => await PostgresTestStore.OpenAsync();

    protected override async Task<TestStore> OpenTargetAsync() => await PostgresTestStore.OpenAsync();
}

public sealed class SqliteToSqliteCopyTests : CopyContract
{
    protected override Task<TestStore> OpenAsync() => SqliteTestStore.OpenAsync();

    protected override Task<TestStore> OpenTargetAsync() => SqliteTestStore.OpenAsync();

    [Theory]
    [InlineData("UPDATE log SET text = text || '.' WHERE number = 2")]
    [InlineData("DELETE FROM audit WHERE id = 1")]
    [InlineData("UPDATE token SET hash = x'02' WHERE name = 'session'")]
    public async Task A_target_that_differs_is_found(string change)
    {
        await FillAsync();
        await Store.CloseAsync();
        await using var target = await OpenTargetAsync();
        await target.CloseAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => CopyAsync(Store, target, die: step => step.IsCheck));
        ((SqliteTestStore)target).Run(change);

        var error = await Assert.ThrowsAsync<RotaException>(() => CopyAsync(Store, target));
        Assert.Equal("copy.differs", error.Code);
        await Assert.ThrowsAsync<StorageException>(target.OpenAgainAsync);

        await CopyAsync(Store, target, isRestart: true);
        await target.OpenAgainAsync();
    }

    [Theory]
    [InlineData("PRAGMA user_version = 0", "storage.foreign")]
    [InlineData("PRAGMA user_version = 99", "storage.newer")]
    public async Task A_database_of_another_kind_or_age_is_refused(string change, string code)
    {
        await Store.CloseAsync();
        ((SqliteTestStore)Store).Run(change);

        foreach (var isTarget in new[] { false, true })
        {
            var error = await Assert.ThrowsAsync<StorageException>(() => Store.OpenCopyAsync(isTarget));
            Assert.Equal(code, error.Code);
        }
    }

    [Fact]
    public async Task No_table_or_column_of_SQLite_is_forgotten()
    {
        await Store.CloseAsync();
        var found = ((SqliteTestStore)Store).Columns();

        Assert.Equal(CopyTables.All.Select(table => table.Name).Concat(["counter", "node", "event"]).Order(),
            found.Select(table => table.Key).Order());
        Assert.All(CopyTables.All, table => Assert.Equal(
            table.Columns.Select(column => column.Name).Order(),
            found[table.Name].Where(name => (table.Name, name) != ("token", "id")).Order()));
    }
}
