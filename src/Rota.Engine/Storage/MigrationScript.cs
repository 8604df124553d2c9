using System.Reflection;

namespace Rota.Storage;

/// <summary>One numbered step of a store's schema: <c>Migrations/NNNN_name.sql</c>, embedded in its assembly.</summary>
public sealed record MigrationScript(int Number, string Sql)
{
    /// <summary>All steps of a store, in their order.</summary>
    public static IReadOnlyList<MigrationScript> Of(Assembly store) =>
        [.. store.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => new MigrationScript(NumberOf(name), Read(store, name)))
            .OrderBy(script => script.Number)];

    private static int NumberOf(string name) => int.Parse(name.Split('.')[^2][..4].TrimStart('_'));

    private static string Read(Assembly store, string name)
    {
        using var stream = store.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The error of a program that is older than the database.</summary>
    public static StorageException Newer(int found, int known) => new("storage.newer",
        $"The database has schema {found}, but this Rota knows only {known}.",
        "Start the newer Rota that wrote it, or restore a backup from before the upgrade.");
}
