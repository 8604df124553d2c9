using Npgsql;
using Rota.Postgres;
using Rota.Storage;

namespace Rota.Bench;

/// <summary>A PostgreSQL schema with millions of jobs: filled now, or left by an earlier run (<c>--keep</c>).</summary>
internal sealed class FilledDatabase : IAsyncDisposable
{
    private readonly BenchFolder _folder;
    private readonly bool _isKept;

    private FilledDatabase(PostgresBench stores, BenchFolder folder, BenchStore store, bool isKept) =>
        (Stores, _folder, Store, _isKept) = (stores, folder, store, isKept);

    /// <summary>Where more schemas can be made, on the same server.</summary>
    public PostgresBench Stores { get; }

    public BenchStore Store { get; }

    /// <exception cref="WrongUseException">Another store is asked for.</exception>
    public static async Task<FilledDatabase> OpenAsync(string command, BenchOptions options, ScaleSizes sizes)
    {
        if (options.Store != "postgres")
            throw new WrongUseException(
                "--store is wrong.", $"bench {command} fills PostgreSQL only: --store postgres.");
        var left = options.Database?.IndexOf("?schema=", StringComparison.Ordinal) is { } at and > 0 ? at : -1;
        var stores = await PostgresBench.OpenAsync(
            left < 0 ? options : options with { Database = options.Database![..left] });
        var folder = new BenchFolder(options.Folder);
        var store = left < 0 ? await stores.NewAsync() : new OpenedStore(folder.Path, options.Database!);
        var opened = new FilledDatabase(stores, folder, store, options.IsKept || left >= 0);
        if (left < 0)
            await opened.FillAsync(sizes);
        return opened;
    }

    private async Task FillAsync(ScaleSizes sizes)
    {
        Progress.Say($"filling {Store.Url}");
        await using var database = await PostgresDatabase.OpenAsync(
            Store.Url, new StoreSignals(), CancellationToken.None);
        await using var source = NpgsqlDataSource.Create(PostgresUrl.Parse(Store.Url).Connection);
        await using var connection = await source.OpenConnectionAsync();
        await new ScaleFill(database, connection, sizes).RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isKept)
            await Store.DisposeAsync();
        _folder.Dispose();
        await Stores.DisposeAsync();
    }
}
