using Npgsql;
using Rota.Postgres;

namespace Rota.Bench;

/// <summary>A schema for each measurement, in a PostgreSQL server of the run's own or in the one named by
/// <c>--database</c>. Every commit waits for the disk.</summary>
internal sealed class PostgresBench : BenchStores
{
    private readonly string _parent;
    private readonly string _url;
    private readonly PostgresServer? _server;
    private int _count;

    private PostgresBench(string parent, string url, PostgresServer? server) =>
        (_parent, _url, _server) = (parent, url, server);

    public static async Task<PostgresBench> OpenAsync(BenchOptions options)
    {
        if (options.Database is { } url)
            return new PostgresBench(options.Folder, url, server: null);
        var server = await LoadedServer.StartAsync(options.IsQuick);
        return new PostgresBench(options.Folder, server.Url, server);
    }

    public override int Callers => 16;

    /// <summary>A transaction that sees the rows of now until it is disposed of, so that none of them can be removed.
    /// </summary>
    public static async Task<IAsyncDisposable> HoldTransactionAsync(string url)
    {
        var connection = new NpgsqlConnection(PostgresUrl.Parse(url).Connection.ConnectionString);
        await connection.OpenAsync();
        await using var see = new NpgsqlCommand(
            "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_xact_id()", connection);
        await see.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>Removes what could not be removed, as the server does by itself within its next minutes.</summary>
    public static async Task VacuumAsync(string url)
    {
        await using var source = NpgsqlDataSource.Create(PostgresUrl.Parse(url).Connection.ConnectionString);
        await LoadedServer.RunAsync(source, "VACUUM");
    }

    public override Task<BenchStore> NewAsync()
    {
        var schema = $"bench_{Environment.ProcessId}_{++_count}";
        var url = $"{_url}{(_url.Contains('?') ? '&' : '?')}schema={schema}";
        return Task.FromResult<BenchStore>(new Store(new BenchFolder(_parent), url, schema));
    }

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        await base.DisposeAsync();
    }

    private sealed class Store(BenchFolder folder, string url, string schema) : BenchStore(folder.Path)
    {
        public override string Url => url;

        public override void Use(RotaOptions options) => options.UsePostgres(url);

        public override async Task<IRawSql> OpenRawAsync() => await PostgresRawSql.OpenAsync(url);

        public override async ValueTask DisposeAsync()
        {
            folder.Dispose();
            await using var source = NpgsqlDataSource.Create(PostgresUrl.Parse(url).Connection.ConnectionString);
            await LoadedServer.RunAsync(source, $"DROP SCHEMA IF EXISTS {schema} CASCADE");
        }
    }
}
