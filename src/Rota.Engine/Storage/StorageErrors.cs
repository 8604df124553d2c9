namespace Rota.Storage;

/// <summary>What a log line says of a database that cannot answer. It is expected, and comes again every few seconds
/// while it lasts: the stack would only bury the reason.</summary>
internal static class StorageErrors
{
    /// <summary>The sentence, the first cause of it, and what to do.</summary>
    public static string Why(this StorageException error)
    {
        var cause = error.GetBaseException();
        var detail = cause == error ? "" : $" ({cause.Message.ReplaceLineEndings(" ")})";
        return $"{error.Message}{detail} {error.Hint}".TrimEnd();
    }
}
