package dev.evertoken.internal

import dev.evertoken.Header
import dev.evertoken.internal.ffi.ApiInterface
import dev.evertoken.internal.ffi.Pair
import java.util.concurrent.ConcurrentHashMap

/** The API that a token is for; it remembers what core said, because asking costs more than all else of a request. */
internal class ApiHalf(private val core: ApiInterface) {
    val headerName: String = core.headerName()
    private val mediaTypes = ConcurrentHashMap<String, MediaType>()
    private val inspected = ConcurrentHashMap<Int, Boolean>()

    /** Returns the media type of a request that may carry the token, empty where the API wants none; else none. */
    fun mediaType(url: String): String? {
        val end = url.indexOfAny(QUERY_OR_FRAGMENT)
        val place = if (end < 0) url else url.substring(0, end)
        val known = mediaTypes[place] ?: MediaType(core.admits(place)).also { remember(place, it) }
        return known.name
    }

    /** Makes the URL of a path, or of a URL of the API. */
    fun resolve(pathOrUrl: String): String = refusable { core.resolve(pathOrUrl) }

    fun inspects(status: Int): Boolean = inspected.getOrPut(status.inRange()) { core.inspects(status.coreStatus()) }

    fun readsBody(status: Int, headers: List<Header>): Boolean = core.readsBody(status.coreStatus(), headers.core())

    fun rejects(status: Int, headers: List<Header>, body: ByteArray?): Boolean =
        core.rejects(status.coreStatus(), headers.core(), body)

    private fun remember(place: String, mediaType: MediaType) {
        if (mediaTypes.size >= REMEMBERED) mediaTypes.clear()
        mediaTypes[place] = mediaType
    }

    private class MediaType(val name: String?)

    private companion object {
        const val REMEMBERED = 512
        val QUERY_OR_FRAGMENT = charArrayOf('?', '#')
    }
}

internal fun List<Header>.core(): List<Pair> = map { Pair(it.name, it.value) }

private const val LARGEST_STATUS = 999

private fun Int.inRange(): Int = coerceIn(0, LARGEST_STATUS)

/** A status that no server may send is no other one. */
internal fun Int.coreStatus(): UShort = inRange().toUShort()
