namespace Rota.Copies;

/// <summary>What a column holds, whatever a store makes of it.</summary>
public enum CopyType
{
    /// <summary>A whole number, an instant in microseconds, an enum, or a yes (1) or no (0).</summary>
    Integer,

    Real,
    Text,

    /// <summary>A text of which there are few: a kind, queue, project or node. A store may keep a number for
    /// it.</summary>
    Word,

    Blob,
}

/// <param name="Name">As SQLite names it.</param>
public readonly record struct CopyColumn(string Name, CopyType Type);

/// <summary>One table as both ends of a copy see it.</summary>
/// <param name="Name">As SQLite names it.</param>
/// <param name="KeyLength">So many of the first columns are the key, by which pages follow one another. A store may
/// order words as it likes, if it always does so in the same way.</param>
public sealed record CopyTable(string Name, int KeyLength, IReadOnlyList<CopyColumn> Columns);
