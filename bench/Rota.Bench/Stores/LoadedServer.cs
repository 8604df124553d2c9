using Npgsql;
using Rota.Postgres;

namespace Rota.Bench;

/// <summary>A PostgreSQL server of the run's own with the settings for much load, as one that has run for a while.
/// </summary>
internal static class LoadedServer
{
    // As docs/postgresql.md asks for; and max_wal_size, which the command line must leave open to a change.
    private const string Settings = "-c shared_buffers=1GB -c min_wal_size=4GB -c wal_compression=lz4 "
        + "-c autovacuum_max_workers=1";

    private const int WalFiles = 256; // of 16 MiB each: as many as are kept

    /// <param name="isQuick">Its WAL stays as it is: the figures show only that the bench works.</param>
    public static async Task<PostgresServer> StartAsync(bool isQuick)
    {
        var server = await PostgresServer.StartAsync(Settings);
        await using var source = NpgsqlDataSource.Create(PostgresUrl.Parse(server.Url).Connection.ConnectionString);
        if (!isQuick)
            await UseWalAsync(source);
        await SetWalAsync(source, "4GB");
        return server;
    }

    /// <summary>Goes through as many files of the WAL as are kept: a server that has run for a while writes over old
    /// ones, and a new one makes each, for which all commits wait 40 to 70 ms here.</summary>
    private static async Task UseWalAsync(NpgsqlDataSource source)
    {
        Progress.Say("using up the first files of the WAL");
        await SetWalAsync(source, "16GB"); // with a checkpoint on the way fewer would be made
        for (var file = 0; file < WalFiles; file++)
            await RunAsync(source, "SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()");
        await RunAsync(source, "CHECKPOINT");
    }

    private static async Task SetWalAsync(NpgsqlDataSource source, string size)
    {
        await RunAsync(source, $"ALTER SYSTEM SET max_wal_size = '{size}'");
        await RunAsync(source, "SELECT pg_reload_conf()");
    }

    public static async Task RunAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 300; // a million jobs are vacuumed
        await command.ExecuteNonQueryAsync();
    }
}
