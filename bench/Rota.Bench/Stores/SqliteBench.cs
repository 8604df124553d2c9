namespace Rota.Bench;

/// <summary>An SQLite file for each measurement.</summary>
internal sealed class SqliteBench(string parent) : BenchStores
{
    public override int Callers => 64;

    public override Task<BenchStore> NewAsync()
    {
        var folder = new BenchFolder(parent);
        return Task.FromResult<BenchStore>(new Store(folder.Path, folder));
    }

    private sealed class Store(string folder, BenchFolder owned) : BenchStore(folder)
    {
        private readonly string _path = Path.Combine(folder, "rota.db");

        public override string Url => $"sqlite:{_path}";

        public override void Use(RotaOptions options) => options.UseSqlite(_path);

        public override Task<IRawSql> OpenRawAsync() => Task.FromResult<IRawSql>(new SqliteRawSql(_path));

        public override ValueTask DisposeAsync()
        {
            owned.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
