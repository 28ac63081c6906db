"""The words that the rule-based planner knows: small, plain lists, in lower case.

They cut a prompt into the things it speaks of. Whatever stands in none of them is taken for a name
or a rare thing, and looking that up is never wrong.
"""

# ruff: noqa: SIM905 - long lists of words read better as texts

from __future__ import annotations

FUNCTION_WORDS = frozenset(
    """
    a an the of for this that these those some any each every all both either neither no not i me my
    mine we us our you your he him his she her hers it its they them their theirs one ones who
    whose whom which what where when why how am is are was were be been being do does did done
    has have had having can could will would shall should may might must let make makes making
    made show shows showing shown draw draws create and or but nor so yet if then than as
    while during because though although until since in on at by to from with without into
    onto over under above below behind before after beside besides between among against near
    next across along around through throughout inside outside toward towards upon within off
    out up down beneath underneath alongside opposite like unlike about via per plus versus vs
    together apart away there here very quite just also too only please want would like need
    give get put bring help need needs front back left right side top bottom middle centre
    center background foreground der die das den dem des ein eine einen einem einer eines und
    oder mit auf in im an am zu zum zur von vom bei vor hinter neben unter über ist sind war
    wird werden für ohne durch als wie le la les un une des du de d l et ou avec sur dans sous
    devant derrière à au aux en pour par est sont chez entre sans junto el los las uno una
    unos unas y o con sobre bajo delante detrás del al para por es son sin il lo gli uno ed
    con su sotto davanti dietro della delle dei per
    """.split()
)

PICTURE_WORDS = frozenset(
    """
    photo photos photograph photographs photography picture pictures image images illustration
    illustrations drawing drawings painting paintings sketch sketches poster posters render
    renders rendering scene scenes portrait portraits closeup close-up shot view cartoon comic
    watercolor watercolour oil acrylic pencil charcoal ink pastel engraving woodcut collage
    mosaic infographic style styled art artwork digital realistic photorealistic cinematic
    vintage retro minimalist minimalistic abstract surreal detailed hd uhd 4k 8k hdr bokeh
    lighting dramatic colorful colourful bild foto zeichnung gemälde dessin peinture dibujo
    pintura
    """.split()
)

CONNECTORS = frozenset({"of", "de", "du", "della", "di", "von", "van", "der", "den", "del", "da"})
"""Words that tie two parts of one thing together: "cup of coffee", "Leonardo da Vinci"."""

RECENT_WORDS = frozenset(
    """
    latest newest recent recently current currently today tonight yesterday tomorrow upcoming
    breaking news winner champion inauguration premiere
    """.split()
)

VERBS = frozenset(
    """
    hold stand sit walk run fly look wear ride drink eat play read glow shine launch jump
    dance swim climb watch carry face lie sleep smile laugh lean float hang land drive sail
    cook paint build point wave open close fall rise burn blow grow sing cross pass surround
    cover fill hover gaze stare embrace hug kiss throw catch chase follow meet greet celebrate
    win race surf ski cycle travel rest wait work study write teach speak talk shake
    illuminate light show depict feature feed pour push pull kick hit fight explore discover
    visit enjoy hunt fish perch stretch enter leave arrive depart orbit explode erupt flow
    bloom gather receive present sip stir
    """.split()
)

NOUNS_IN_ING = frozenset(
    """
    king ring wing thing string spring evening morning building wedding ceiling clothing
    lightning pudding painting swing sling viking beijing
    """.split()
)

COLORS = frozenset(
    """
    red orange yellow green blue purple violet pink brown black white grey gray silver gold
    beige turquoise cyan magenta crimson scarlet navy teal maroon cream ivory bronze copper
    amber olive
    """.split()
)

LOOKS = frozenset(
    """
    wear wears wearing worn suit dress uniform coat hat helmet hair eyes beard fur feathers
    stripes striped spotted round square tall high wide long short metres meters feet tower
    towers dome arch arches roof painted steel stone brick wood wooden glass marble granite
    concrete metal porcelain shape shaped pattern logo flag symbol patch badge bright dark
    pale light deep shining glowing curved straight pointed flat thin thick colour color
    coloured colored surface face front side trophy statue figure bust crown wings tail ears
    nose legs arms wheels engines
    """.split()
)

EVERYDAY = (
    frozenset(
        """
    animal apple arm baby background bag ball balloon banana bar basket bath beach bean bear
    beard bed bee beer bell bench bike bicycle bird birthday boat book bottle bowl box boy
    bread breakfast bridge brush bucket bus bush butterfly cabin cafe cake camera camp candle
    car card castle cat cave chair cheese cherry chicken child children chocolate church
    circle city classroom cliff clock cloud cloudy coast coat coffee cone cookie corner couch
    country couple cow crowd cube cup curtain cylinder day deer desert desk dinner dish doctor
    dog dolphin door dragon dream dress duck dusk ear earth egg elephant eye face fairy family
    farm farmer father feather fence field fire fireplace fish flag floor flower fog food foot
    forest fork fox friend frog fruit garden gate ghost giraffe girl glass goat grandfather
    grandmother grape grass grove guitar hair hall hand happy harbor harbour hat heart hill
    home horse hospital hotel house ice island jacket jar juice jungle kid kitchen kite kitten
    knife ladder lady lake lamp landscape lamb leaf leaves lemon letter library light
    lighthouse lightning lion lunch man map market meadow men milk mirror monkey moon
    moonlight morning moose mother motorcycle mountain mouse mug mushroom music nature neck
    night nose ocean office orange owl painter palm pan panda paper park party path people
    pear pen penguin person phone piano pie pig pillow pine pizza plane planet plant plate
    pond pool potato pumpkin puppy pyramid barn chess rabbit rain rainbow ribbon river road
    robot rock rocket roof room rooster rose rug sail sand school sea seashore shadow sheep
    ship shirt shoe shop shore sky snail snow snowman sofa soup spaceship sphere spider spoon
    spring square squirrel stair stairs star stars station stone storm strawberry street
    student summer sun sunflower sunlight sunrise sunset swan table tea teacher tent tiger
    toast toy tractor train tree triangle tulip turtle umbrella unicorn vase vegetable village
    violin wall water waterfall wave whale wheel wind window wine winter wizard wolf woman
    women wood woods world yard zebra evening building king queen prince princess knight
    astronaut chef nurse pilot sailor soldier artist dancer singer musician scientist rain
    rainy snowy sunny windy stormy foggy misty old young new big large small little tiny huge
    giant tall short long wide thin thick fat round flat bright dark light heavy soft hard
    warm cold hot cool wet dry clean dirty quiet loud fast slow happy sad angry smiling sleepy
    sleeping cute beautiful pretty lovely nice good great funny friendly scary strange simple
    plain modern ancient wooden metal plastic paper silver fluffy furry cozy cosy calm
    peaceful busy empty full open closed lonely magical futuristic tropical two three four
    five six seven eight nine ten many few several pair group bunch piece slice bit first
    second third
    """.split()
    )
    | COLORS
)
