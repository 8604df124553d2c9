using System.Globalization;

namespace Rota.Web.Console.Parts;

/// <summary>Sizes for people.</summary>
public static class SizeWords
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Three digits or so: <c>512 B</c>, <c>1.5 MiB</c>, <c>24 GiB</c>.</summary>
    public static string Of(long bytes)
    {
        var (size, unit) = ((double)bytes, 0);
        for (; size >= 1024 && unit < Units.Length - 1; unit++)
            size /= 1024;
        return size.ToString(size >= 10 || unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + Units[unit];
    }
}
