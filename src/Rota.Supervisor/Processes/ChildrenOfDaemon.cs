using System.Globalization;

namespace Rota.Supervisor.Processes;

/// <summary>The children of one daemon, and their text: a line for the daemon, then one for each child, words between
/// tabs.</summary>
/// <remarks>No format that needs a library: where descriptors run out, none can be loaded any more.</remarks>
/// <param name="Boot">Of the machine's run in which the pids are valid.</param>
internal sealed record ChildrenOfDaemon(string Boot, int Pid, long Start, IReadOnlyList<ChildRecord> Children)
{
    /// <summary>Ends with a line feed. Names with control characters are left out.</summary>
    public string ToText() => string.Concat(
        Children.Where(child => !(child.Name + child.Program).Any(char.IsControl))
            .Select(child => string.Create(CultureInfo.InvariantCulture,
                $"{child.Pid}\t{child.Start}\t{child.Command}\t{child.Stdin}\t{child.Stdout}\t{child.Stderr}\t"
                    + $"{child.Name}\t{child.Program}\n"))
            .Prepend(string.Create(CultureInfo.InvariantCulture, $"{Pid}\t{Start}\t{Boot}\n")));

    /// <exception cref="InvalidDataException">It is none.</exception>
    public static ChildrenOfDaemon Parse(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        try
        {
            return lines is [var first, .. var rest] && first.Split('\t') is [var pid, var start, var boot]
                ? new(boot, (int)Number(pid), Number(start), [.. rest.Select(Child)])
                : throw new FormatException("the first line is incomplete");
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            throw new InvalidDataException(error.Message, error);
        }
    }

    private static ChildRecord Child(string line) => line.Split('\t') is [var pid, var start, var command, var stdin,
        var stdout, var stderr, var name, var program]
        ? new(name, checked((int)Number(pid)), Number(start), program, command, Number(stdin), Number(stdout),
            Number(stderr))
        : throw new FormatException("a line is incomplete");

    private static long Number(string word) => long.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture);
}
