namespace Rota.Bench;

/// <summary>An SQLite file for each measurement.</summary>
internal sealed class SqliteBench(string parent) : BenchStores
{
    public override Task<BenchStore> NewAsync() => Task.FromResult<BenchStore>(new Store(new BenchFolder(parent)));

    private sealed class Store(BenchFolder folder) : BenchStore(folder.Path)
    {
        public override void Use(RotaOptions options) => options.UseSqlite(folder.Database);

        public override Task<IRawSql> OpenRawAsync() => Task.FromResult<IRawSql>(new SqliteRawSql(folder.Database));

        public override ValueTask DisposeAsync()
        {
            folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
